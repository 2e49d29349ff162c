"""Paper: what a report says comes first (:mod:`content`), then its form: PDF, Word, Excel or HTML.

Imports nothing of the scene: a report is given its pictures. Libraries for the forms load when a file is written.
"""

from __future__ import annotations

from pipemap.reports.content import Report
from pipemap.reports.template import Template, read_template
from pipemap.reports.writing import FORMS, Form, form_of, state_of, write_report

__all__ = ["FORMS", "Form", "Report", "Template", "form_of", "read_template", "state_of", "write_report"]
