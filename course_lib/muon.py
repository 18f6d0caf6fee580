"""The older name of `course_lib.optimisers`: notebooks written before it moved go on working."""

from course_lib.optimisers import *  # noqa: F403
