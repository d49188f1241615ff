"""Import a foreign model as an editable network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from designer.blocks.userfile import sha256_of
from designer.errors import JobError
from designer.exchange.origin import Origin, Request, origin_of
from designer.graph.measured_data import answers_to_json
from designer.graph.overview import first_look
from designer.jobs.specs import ImportModelJob
from designer.jobs.user_code import measured_in
from designer.jobs.work import Job
from designer.project.atomic import write_atomic
from designer.project.strict_json import dump_json
from designer.project.trusted import is_trusted, read_code
from designer.train.checkpoint import save_tensors

__all__ = ["import_model"]


def import_model(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `progress`, then `result`: ``network`` and ``weights`` (files of the run folder; None: no weights),
    ``normalisation``, ``report`` as `exchange.imported.report_of` makes it, and what was ``measured`` of blocks without
    a rule."""
    spec = cast(ImportModelJob, job.spec)
    origin = origin_of(spec.source)
    if origin.runs_code and not spec.trust:
        raise JobError(f"Reading a {origin.title} may run code that is in it, so it was not opened. Agree to it first.")
    request = Request(
        spec.source,
        spec.weights,
        spec.size,
        spec.trust,
        lambda done, text: job.progress(done, text),
        tuple(tuple(shape) for shape in spec.shapes),
        spec.args,
        _trusted_text(origin, spec.source),
    )
    found = origin.read(request)
    # Grouped and measured here, so that the window opens it at once.
    write_atomic(job.folder.path / "network.json", dump_json(first_look(found.network).to_json()))
    if found.tensors is not None:
        job.progress(0.9, "Keeping its weights")
        save_tensors(job.folder.weights, found.tensors, {"origin": spec.source[:200]})
    normalisation = found.normalisation.model_dump(mode="json") if found.normalisation is not None else None
    yield job.folder.keep_result(
        {
            "network": "network.json",
            "weights": job.folder.weights.name if found.tensors is not None else None,
            "title": found.title,
            "normalisation": normalisation,
            "measured": answers_to_json(measured_in(found.network)),
            "report": dict(found.report),
        }
    )


def _trusted_text(origin: Origin, source: str) -> bytes | None:
    """The text of the Python file that the import runs, read once. Raises JobError where nobody has trusted it."""
    path = origin.code(source)
    if path is None:
        return None
    text = read_code(path)
    if not is_trusted(sha256_of(text)):
        raise JobError(
            f"Nobody has trusted this text of {path.name} on this machine, so it was not run. Look at it first."
        )
    return text
