"""The older name of `course_lib.data.photographs`: notebooks written before it moved go on working."""

from course_lib.data.photographs import *  # noqa: F403
