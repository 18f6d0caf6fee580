"""The older name of `course_lib.data.curves`: notebooks written before it moved go on working."""

from course_lib.data.curves import *  # noqa: F403
