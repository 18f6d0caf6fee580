"""Points on a student's page where questions count otherwise than they were released."""

from typing import Any

from course_lib.grading import gradebook


def counting(maxima: dict[str, float]) -> type:
    """nbgrader's preprocessor that reads the points, with these maxima of questions in place of the release's."""
    from nbgrader.preprocessors import GetGrades

    class Counting(GetGrades):
        """The same, each question with its factor."""

        def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
            """All cells; then the sum."""
            self.reached, self.most = 0.0, 0.0
            nb, resources = super().preprocess(nb, resources)
            about = resources["nbgrader"]
            about["score"], about["max_score"] = self.reached - about["late_penalty"], self.most
            return nb, resources

        def _get_score(self, cell: Any, resources: Any) -> None:
            mark = cell.metadata["nbgrader"]
            grade = self.gradebook.find_grade(mark["grade_id"], self.notebook_id, self.assignment_id, self.student_id)
            by = gradebook.factor(grade, maxima)
            mark["score"], mark["points"] = (grade.score or 0) * by, grade.max_score * by
            self.reached, self.most = self.reached + mark["score"], self.most + mark["points"]

    return Counting if maxima else GetGrades
