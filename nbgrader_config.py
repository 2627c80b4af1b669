"""nbgrader's settings for this course; read by nbgrader, formgrader and the commands of ``grading``."""

from pathlib import Path

c = get_config()

c.CourseDirectory.course_id = "deep-learning"

# Where nbgrader's release and collect meet the students; name a folder that they can reach.
c.Exchange.root = str(Path(__file__).resolve().parent / "exchange")

# The student's version lacks the solution version's analyses and its record of outputs.
c.GenerateAssignment.preprocessors.prepend(["grading.pipeline.StudentVersion"])

# No cell of the course needs more; a class must not wait longer for an endless one.
c.ExecutePreprocessor.timeout = 60
c.ExecutePreprocessor.startup_timeout = 120

# Students' code runs in a sandbox and the graded cells in a process of their own: see grading/THREATS.md.
c.Autograde.sanitize_preprocessors = [
    "grading.execute.RestoreCells",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
]
c.Autograde.autograde_preprocessors = [
    "grading.execute.Execute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.pre_convert_hook = "grading.execute.before_submission"
c.Autograde.post_convert_hook = "grading.execute.after_submission"
