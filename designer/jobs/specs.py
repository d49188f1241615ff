"""What can be asked of a worker: one class a kind of job, as plain data. No torch.

To add a kind, write its class here and the function that it names in `run`; nothing else lists them.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from designer.data.spec import DataSpec, Normalisation
from designer.errors import FileDamaged
from designer.exchange.mapping.spec import WeightMap
from designer.exchange.options import ExportOptions
from designer.train.spec import TrainSpec

__all__ = [
    "BrowseJob",
    "EvaluateJob",
    "ExportJob",
    "ExportProjectJob",
    "ImportModelJob",
    "ImportWeightsJob",
    "JobSpec",
    "ListModelsJob",
    "LookJob",
    "MeasureJob",
    "PredictJob",
    "PreflightJob",
    "ProbeJob",
    "RangeTestJob",
    "ReplayStepJob",
    "ShowAugmentationJob",
    "TrainJob",
    "TuneJob",
    "job_kinds",
    "parse_spec",
]

FilePath = Annotated[str, Field(min_length=1, max_length=4096)]


class JobSpec(BaseModel):
    """What all kinds have. Paths are absolute, or relative to the worker's working folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: ClassVar[str] = ""  # what the window calls it while it runs
    run: ClassVar[str] = ""  # "module:function", loaded in the worker only; see work.py for what it takes and gives
    alone: ClassVar[bool] = False  # whether only one of these runs at a time in a worker; others wait in line

    kind: str


class TrainJob(JobSpec):
    """Train the network. With ``resume``, the run in that folder goes on from its last checkpoint.

    ``normalisation`` is what the weights that it starts from were trained with; None: measured on the training data.
    """

    title: ClassVar[str] = "Training"
    run: ClassVar[str] = "designer.jobs.tasks.train:train_network"
    alone: ClassVar[bool] = True  # two at once would each take half of the machine and more than its memory

    kind: Literal["train"] = "train"
    train: TrainSpec = TrainSpec()
    data: DataSpec
    resume: FilePath | None = None
    normalisation: Normalisation | None = None


class EvaluateJob(JobSpec):
    """Measure trained weights on the validation samples of ``data``."""

    title: ClassVar[str] = "Evaluation"
    run: ClassVar[str] = "designer.jobs.tasks.evaluate:evaluate_network"

    kind: Literal["evaluate"] = "evaluate"
    weights: FilePath
    data: DataSpec
    normalisation: Normalisation | None = None  # None: what lies with the weights, else measured anew
    device: str = Field("auto", max_length=40)
    metrics: tuple[str, ...] = Field((), max_length=32)  # as those of a training


class PredictJob(JobSpec):
    """What trained weights say to some pictures, and where in each picture they see it; see tasks/predict.py.

    ``way`` is the kind of heat map (evaluate/heat/names.py; empty: none), of the class with the name ``target`` (empty:
    of the one that was found) and, where it is of a block, of ``block``. ``training`` is the run that they come
    from: it knows the names of the classes.
    """

    title: ClassVar[str] = "Prediction"
    run: ClassVar[str] = "designer.jobs.tasks.predict:predict_pictures"

    kind: Literal["predict"] = "predict"
    weights: FilePath
    pictures: tuple[FilePath, ...] = Field(min_length=1, max_length=1000)
    normalisation: Normalisation | None = None  # None: what lies with the weights
    fit: Literal["crop", "stretch", "pad"] = "crop"
    way: str = Field("", max_length=40)
    block: str = Field("", max_length=400)
    target: str = Field("", max_length=400)
    top: int = Field(5, ge=1, le=1000)
    training: FilePath | None = None
    device: str = Field("auto", max_length=40)


class ExportJob(JobSpec):
    """Write trained weights in a foreign format and prove that the file computes the same.

    Compared on ``samples`` validation samples of ``data``, or on random ones where there is no data.
    """

    title: ClassVar[str] = "Export"
    run: ClassVar[str] = "designer.jobs.tasks.export:export_network"
    alone: ClassVar[bool] = True  # torch's tracer changes state of the whole process; a training beside it fails

    kind: Literal["export"] = "export"
    weights: FilePath
    data: DataSpec | None = None
    normalisation: Normalisation | None = None
    format: str = Field(min_length=1, max_length=40)
    out: FilePath
    samples: int = Field(256, ge=1, le=100_000)
    options: ExportOptions = ExportOptions()


class ExportProjectJob(JobSpec):
    """Write network, data and training as a folder of plain Python, and prove that it trains as here.

    ``steps`` steps are done there and here, and their losses must be the same to the last bit. ``initial`` are the
    weights to start from; None: fresh ones of the seed.
    """

    title: ClassVar[str] = "Export of a project"
    run: ClassVar[str] = "designer.jobs.tasks.export_project:export_project"
    alone: ClassVar[bool] = True  # it draws random numbers

    kind: Literal["export-project"] = "export-project"
    train: TrainSpec = TrainSpec()
    data: DataSpec
    normalisation: Normalisation | None = None
    initial: FilePath | None = None
    out: FilePath
    steps: int = Field(20, ge=1, le=10_000)


class ImportWeightsJob(JobSpec):
    """Read weights from a file of any known kind, fit them to the network and keep them as safetensors.

    ``map`` says what goes where; without it the names do, and with ``guess`` also order and shapes. With ``partial``
    what fits is taken and the rest stays as the run's initial weights have it, or starts anew (a new head on a trained
    body). ``part`` is which state dict of a file with several.
    """

    title: ClassVar[str] = "Import of weights"
    run: ClassVar[str] = "designer.jobs.tasks.weights:import_weights"

    kind: Literal["import-weights"] = "import-weights"
    path: FilePath
    partial: bool = False
    part: str = Field("", max_length=400)
    guess: bool = False
    map: WeightMap | None = None


class LookJob(JobSpec):
    """List the names and shapes in a file of weights, and those that the network wants."""

    title: ClassVar[str] = "Look at weights"
    run: ClassVar[str] = "designer.jobs.tasks.weights:look_at_weights"

    kind: Literal["look-at-weights"] = "look-at-weights"
    path: FilePath


class ImportModelJob(JobSpec):
    """Import a model as an editable network; see tasks/model.py for what comes out.

    ``source`` is ``torchvision:googlenet``, ``timm:resnet18`` or the path of a file; ``weights`` is "default" (the
    library's own), "none", or a path. ``size`` is the edge of the input where the model leaves it open,
    ``shapes`` are those of one sample of each input, ``args`` what a class of a file is made with. ``trust`` says that
    a person agreed to what the file may run.
    """

    title: ClassVar[str] = "Import of a model"
    run: ClassVar[str] = "designer.jobs.tasks.model:import_model"
    alone: ClassVar[bool] = True  # torch's tracer changes state of the whole process

    kind: Literal["import-model"] = "import-model"
    source: FilePath
    weights: FilePath = "default"
    size: int | None = Field(None, ge=1, le=65_536)
    shapes: list[list[Annotated[int, Field(ge=1, le=1 << 24)]]] = Field(default_factory=list, max_length=16)
    args: dict[str, Any] = Field(default_factory=dict, max_length=100)
    trust: bool = False


class ListModelsJob(JobSpec):
    """Ask a library that is installed beside Layerloom which pretrained models it has."""

    title: ClassVar[str] = "List of models"
    run: ClassVar[str] = "designer.jobs.tasks.models:list_library"

    kind: Literal["list-models"] = "list-models"
    library: Literal["timm"] = "timm"


class MeasureJob(JobSpec):
    """Measure what comes out of blocks without a rule: ``classes`` declares them, ``queries`` are the questions.

    With the ``network`` that asks, all that follows from the answers is measured too.
    """

    title: ClassVar[str] = "Measuring"
    run: ClassVar[str] = "designer.jobs.tasks.measure:measure_blocks"

    kind: Literal["measure"] = "measure"
    classes: list[dict[str, Any]] = Field(default_factory=list, max_length=500)
    queries: list[dict[str, Any]] = Field(max_length=1000)
    network: dict[str, Any] | None = None


class ProbeJob(JobSpec):
    """Forecast what a training will take: memory, and seconds of an epoch, by a few steps on stand-ins for the data."""

    title: ClassVar[str] = "Forecast"
    run: ClassVar[str] = "designer.jobs.tasks.probe:forecast_training"
    alone: ClassVar[bool] = True  # beside a training it would slow both, and draw of that one's random numbers

    kind: Literal["probe"] = "probe"
    train: TrainSpec = TrainSpec()
    data: DataSpec
    largest: bool = False  # of the largest batch that fits, instead of the one that is set


class TuneJob(JobSpec):
    """Try the switches of how a training computes, and say which of them are faster."""

    title: ClassVar[str] = "Choosing settings"
    run: ClassVar[str] = "designer.jobs.tasks.tune:choose_settings"
    alone: ClassVar[bool] = True  # it measures time

    kind: Literal["tune"] = "tune"
    train: TrainSpec = TrainSpec()
    data: DataSpec


class ReplayStepJob(JobSpec):
    """Do the step again in which the training in ``run_dir`` met its first NaN or infinity, and look at every block."""

    title: ClassVar[str] = "Replay of a step"
    run: ClassVar[str] = "designer.jobs.tasks.replay:replay_step"
    alone: ClassVar[bool] = True  # it draws the random numbers that the step drew

    kind: Literal["replay-step"] = "replay-step"
    run_dir: FilePath


class PreflightJob(JobSpec):
    """Look over a training before it starts: a line for each check, as soon as it is known; see train/preflight.

    ``checks`` are the names of those that are asked for; none: all. ``normalisation`` is as in TrainJob.
    """

    title: ClassVar[str] = "Check before training"
    run: ClassVar[str] = "designer.jobs.tasks.preflight:check_training"
    alone: ClassVar[bool] = True  # it measures, and draws random numbers

    kind: Literal["preflight"] = "preflight"
    train: TrainSpec = TrainSpec()
    data: DataSpec
    normalisation: Normalisation | None = None
    checks: list[Annotated[str, Field(max_length=40)]] = Field(default_factory=list, max_length=100)


class RangeTestJob(JobSpec):
    """A learning-rate range test: a short training whose rate grows from ``lowest`` to ``highest``."""

    title: ClassVar[str] = "Learning-rate range test"
    run: ClassVar[str] = "designer.jobs.tasks.preflight:test_rates"
    alone: ClassVar[bool] = True

    kind: Literal["rates"] = "rates"
    train: TrainSpec = TrainSpec()
    data: DataSpec
    normalisation: Normalisation | None = None
    lowest: float = Field(1e-7, gt=0, le=1)
    highest: float = Field(10.0, gt=0, le=1000)
    points: int = Field(100, ge=20, le=10_000)


class ShowAugmentationJob(JobSpec):
    """Show one training sample many times as the network will see it; see tasks/augmentation.py for what comes out.

    ``size`` is the network's Input without the batch, None for the size of the data; ``index`` is counted on beyond
    the last sample. It may run beside a training: its random numbers are its own.
    """

    title: ClassVar[str] = "Preview of the augmentation"
    run: ClassVar[str] = "designer.jobs.tasks.augmentation:show_augmentation"

    kind: Literal["show-augmentation"] = "show-augmentation"
    data: DataSpec
    size: list[int | None] | None = Field(None, max_length=8)
    index: int = Field(0, ge=0, lt=2**53)
    seed: int = Field(0, ge=0, lt=2**32)
    times: int = Field(15, ge=1, le=100)
    mixup: float = Field(0.0, ge=0, le=100)
    cutmix: float = Field(0.0, ge=0, le=100)


class BrowseJob(JobSpec):
    """Look at data: facts at once, then thumbnails and figures as they are asked for, until it is stopped.

    What is asked for are lines in the file ``asked.jsonl`` of its folder; see jobs/browsing.py. It ends by itself when
    the process ``watcher`` (an Owner as plain data) is gone.
    """

    title: ClassVar[str] = "Look at data"
    run: ClassVar[str] = "designer.jobs.tasks.browse:browse_data"

    kind: Literal["browse"] = "browse"
    data: DataSpec
    watcher: dict[str, Any] | None = None


def job_kinds() -> dict[str, type[JobSpec]]:
    """The kinds of jobs by name: every JobSpec class of this module."""
    found = {}
    for value in vars(sys.modules[__name__]).values():
        if isinstance(value, type) and issubclass(value, JobSpec) and value is not JobSpec:
            found[str(value.model_fields["kind"].default)] = value
    return found


def parse_spec(data: Any) -> JobSpec:
    """The spec that plain data describes. Raises FileDamaged with a sentence."""
    kind = data.get("kind") if isinstance(data, dict) else None
    model = job_kinds().get(kind) if isinstance(kind, str) else None
    if model is None:
        raise FileDamaged(f"Expected a job of a kind among {', '.join(job_kinds())}, found {str(kind)[:40]!r}.")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])[:100]
        raise FileDamaged(f'The {kind} job is damaged at "{where}": {first["msg"]}.') from error
