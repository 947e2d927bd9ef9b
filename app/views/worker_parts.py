"""The screens of what hangs on a carer: papers, what is demanded, checks of the name, time off, family, school, earlier work."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.models.worker_leave import WorkerLeave
from app.models.worker_life import WorkerFamily, WorkerJob, WorkerSchool
from app.models.worker_paper import PaperRule, RealNameCheck, WorkerPaper
from app.web.record_view import RecordView, Section
from app.workflows.real_name import RealNameFlow


class WorkerPaperView(RecordView):
    """Papers, and when they run out."""

    model, place = WorkerPaper, 64
    line = ["kind", "until", "checked"]
    columns = ["kind", "worker", "number", "issued_on", "until", "checked"]
    tabs = [
        (_("All"), ""),
        (_("Run out within 30 days"), "latest=1&until.when=next_30&sort=until"),
        (_("Run out"), "latest=1&until.when=last_365&sort=-until"),
    ]
    sections = [Section(_("Carer's paper"), ["worker", "kind", "number", "issued_on", "until", "checked", "remark", "latest"])]


class PaperRuleView(RecordView):
    """What a company demands of its carers."""

    model, place, order = PaperRule, 78, "id"
    columns = ["kind", "blocks", "spares", "active"]


class RealNameCheckView(RecordView):
    """Who is whom, and who has looked."""

    model, flow, place = RealNameCheck, RealNameFlow, 66
    tabs = [(_("All"), ""), (_("To be checked"), "state=waiting&sort=id"), (_("Approved"), "state=approved")]
    columns = ["worker", "name", "id_number", "state", "checked", "decided_at"]
    sections = [
        Section(_("On the card"), ["worker", "name", "id_number"]),
        Section(_("Decision"), ["way", "checked", "decided_at", "reason"]),
    ]


class WorkerLeaveView(RecordView):
    """Who is off, and when."""

    model, place, order = WorkerLeave, 65, "-starts_at"
    line = ["kind", "starts_at", "ends_at"]
    columns = ["worker", "kind", "starts_at", "ends_at", "remark"]


class WorkerFamilyView(RecordView):
    """The families of carers."""

    model, place = WorkerFamily, 67
    line = ["name", "relation", "phone"]
    columns = ["name", "worker", "relation", "phone", "job"]


class WorkerSchoolView(RecordView):
    """Where carers learnt."""

    model, place = WorkerSchool, 68
    line = ["school", "degree", "subject", "ends_on"]
    columns = ["school", "worker", "degree", "subject", "starts_on", "ends_on"]


class WorkerJobView(RecordView):
    """Where carers worked before."""

    model, place = WorkerJob, 69
    line = ["employer", "job", "starts_on", "ends_on"]
    columns = ["employer", "worker", "job", "starts_on", "ends_on", "remark"]
