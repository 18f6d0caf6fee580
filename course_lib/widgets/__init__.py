"""Explorers: one for each lesson. They compute in the page; where nothing may run a figure stands in."""

from .cards import ask as ask
from .drawn import drawn_digit as drawn_digit
from .kernel import CodePad as CodePad
from .kernel import code_pad as code_pad
from .kernel import data_url as data_url
from .kernel import explore as explore
from .looking import attention_map as attention_map
from .shown import Live as Live
from .skipping import cut_skips as cut_skips
from .torn import filmed as filmed
from .torn import torn_circle as torn_circle
from .turned import turned_line as turned_line
