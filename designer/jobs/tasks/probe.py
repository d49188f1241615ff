"""Forecast the memory and the time of a training, before it starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

from torch import nn

from designer.codegen.module import block_of, build
from designer.data.counts import sample_counts
from designer.data.decode import Damaged
from designer.data.fitting import target_for
from designer.data.numbers import Numbers, numbers_target
from designer.data.source import source_for
from designer.data.spec import DataSpec
from designer.errors import DataError
from designer.graph.infer import Shapes
from designer.graph.memory import measure_memory
from designer.graph.model import Network
from designer.graph.open_sizes import filled_in, fit_sizes, open_inputs
from designer.jobs.specs import ProbeJob
from designer.jobs.tasks.common import input_dims, what_learns
from designer.jobs.work import Job
from designer.train.learning import Learning
from designer.train.probe import largest_fitting, probe

__all__ = ["activations_of", "at_sample", "forecast_training"]

_MOST = 65_536  # samples in a batch, as TrainSpec allows


def forecast_training(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `progress`, then `result`: what Forecast.to_dict() gives, of the epoch in which most learns."""
    spec = cast(ProbeJob, job.spec)
    program, network = job.program(), job.folder.network()
    assert network is not None  # there is no program without one
    sample = _sample(input_dims(program), spec.data, job)
    job.progress(None, "Measuring")
    counts, train = sample_counts(spec.data, patience=None), spec.train
    options: dict[str, Any] = {
        "heard": lambda: job.progress(None, "Measuring"),
        "blame": partial(block_of, program),
    }

    def ready() -> tuple[nn.Module, Learning, Callable[[int], int]]:
        module = build(program, train.seed)
        learning = Learning(module, train, **what_learns(job, train))
        learning.enter(train.epochs)
        return module, learning, activations_of(at_sample(network, sample), module)

    if spec.largest:
        module, learning, activations = ready()
        most = min(counts.train if counts is not None else _MOST, _MOST)
        found = largest_fitting(module, learning, program.outputs, train, sample, most, activations, **options)
        train = train.model_copy(update={"batch_size": found or 1})
    module, learning, activations = ready()
    forecast = probe(module, learning, program.outputs, train, sample, counts, activations, **options)
    job.progress(1.0, "Measured")
    yield job.folder.keep_result(forecast.to_dict())


def _sample(dims: tuple[int | None, ...], data: DataSpec, job: Job) -> tuple[int, ...]:
    """The size of one sample; what the Input leaves open is as large as the data. Raises DataError."""
    source = source_for(data)
    known = tuple(size for size in dims if size is not None)
    if len(known) == len(dims) and source.size is None:
        return known
    natural = source.size
    if natural is None:
        try:
            samples = source.open(data, job.progress).train.samples
            if isinstance(samples, Numbers):
                return numbers_target(dims, samples.dims)
            natural = samples.natural()
        except Damaged as error:
            raise DataError(f"In {data.source} {error}. Check the files.") from error
    return target_for(dims, natural).sample_dims


def at_sample(network: Network, sample: tuple[int, ...]) -> Network:
    """The network with these numbers in place of open sizes."""
    for declared in open_inputs(network).values():
        return filled_in(network, fit_sizes(declared, sample))
    return network


def activations_of(network: Network, module: nn.Module) -> Callable[[int], int]:
    """The bytes that are kept for backward, by the batch size, where just those weights learn that do so now."""
    learns = {name.rpartition(".")[0] for name, p in module.named_parameters() if p.requires_grad}
    twin = network.copy()
    for name, node in network.nodes.items():
        if node.marks.get("frozen") is True and any(f"{path}.".startswith(f"{name}.") for path in learns):
            twin.put(replace(node, marks={k: v for k, v in node.marks.items() if k != "frozen"}))
    shapes = Shapes(twin)
    return lambda batch: sum(m.kept for m in measure_memory(twin, shapes, {"B": batch}).values())
