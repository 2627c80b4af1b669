"""nbgrader's settings for this course; read by nbgrader, formgrader and the commands of ``grading``."""

c = get_config()

c.CourseDirectory.course_id = "deep-learning"

# The student's version lacks the solution version's analyses and its record of outputs.
c.GenerateAssignment.preprocessors.prepend(["grading.pipeline.StudentVersion"])

# No cell of the course needs more; a class must not wait longer for an endless one.
c.ExecutePreprocessor.timeout = 60
c.ExecutePreprocessor.startup_timeout = 120
