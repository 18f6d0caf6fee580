"""Explorers: one for each lesson. They compute in the page; where nothing may run a figure stands in."""

from .balance import posterior_and_beta as posterior_and_beta
from .cards import ask as ask
from .drawn import drawn_digit as drawn_digit
from .looking import attention_map as attention_map
from .older import code_pad as code_pad
from .older import explore as explore
from .repair import arrows_to_the_circle as arrows_to_the_circle
from .repair import damaged_by_brush as damaged_by_brush
from .shown import Live as Live
from .skipping import cut_skips as cut_skips
from .spreading import asked_labels as asked_labels
from .summed import sum_of_atoms as sum_of_atoms
from .thirty import thirty_numbers as thirty_numbers
from .torn import filmed as filmed
from .torn import torn_circle as torn_circle
from .turned import turned_line as turned_line
