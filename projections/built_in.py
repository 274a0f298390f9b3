"""The measures that every store knows, written as users write theirs."""

from __future__ import annotations

from .measure_file import measures_from

TEXT = """
[measures.ttd]
version = 1
title = "time to detect"
start = "impact-started"
end = "incident-detected"

[measures.tta]
version = 1
title = "time to acknowledge"
start = "incident-detected"
end = "incident-acknowledged"

[measures.ttdeclare]
version = 1
title = "time to declare"
start = "incident-detected"
end = "incident-declared"

[measures.ttm]
version = 1
title = "time to mitigate"
start = "impact-started"
end = { kind = "incident-mitigated", occurrence = "in-force" }

[measures.ttm_detected]
version = 1
title = "time to mitigate, from detection"
start = "incident-detected"
end = { kind = "incident-mitigated", occurrence = "in-force" }

[measures.ttr]
version = 1
title = "time to resolve"
start = "impact-started"
end = { kind = "incident-resolved", occurrence = "in-force" }

[measures.ttr_detected]
version = 1
title = "time to resolve, from detection"
start = "incident-detected"
end = { kind = "incident-resolved", occurrence = "in-force" }

[measures.ttr_first]
version = 1
title = "time to first resolve"
start = "impact-started"
end = "incident-resolved"

[measures.breach_to_human]
version = 1
title = "time from a breached expectation to a human"
start = "expectation-breached"
end = "human-engaged"

[measures.active_time]
version = 1
title = "time spent open"
form = "active"
start = "incident-detected"
end = { kind = "incident-resolved", occurrence = "in-force" }

[measures.reopens]
version = 1
title = "how often it was reopened"
form = "count"
end = "incident-reopened"
"""

BUILT_IN = measures_from(TEXT, "built in")

TIMED = tuple(measure for measure in BUILT_IN if measure.form != "count")
"""Those that are durations: the rows of `v1_durations`."""

REOPENS = "reopens"
"""The count that every incident's row has."""

BY_NAME = {measure.name: measure for measure in BUILT_IN}
