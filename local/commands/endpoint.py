"""`stationcast endpoint`: a stand-in for a SageMaker endpoint, on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from local.standin.front import Ports


@click.command()
@click.option(
    "--variant", "variants", multiple=True, help="NAME=model.tar.gz; repeat the option for each."
)
@click.option("--weights", help="NAME=WEIGHT,…  [default: 1 for each variant]")
@click.option(
    "--shadow", help="NAME=model.tar.gz of a shadow variant, which gets a copy of each request."
)
@click.option(
    "--models",
    type=click.Path(exists=True, file_okay=False),
    help="Folder with the models of a multi-model endpoint, instead of --variant.",
)
@click.option("--name", default="stationcast", help="Name of the endpoint.")
@click.option("--port", default=8080, help="Port; faults are at the next one.")
@click.option(
    "--workers",
    default=1,
    type=click.IntRange(min=1),
    help="Number of containers for each variant.",
)
def endpoint(
    variants: tuple[str, ...],
    weights: str | None,
    shadow: str | None,
    models: str | None,
    name: str,
    port: int,
    workers: int,
) -> None:
    """Serve models like a SageMaker endpoint, until Ctrl-C.

    Faults make it slow or break it, to see what the API does then: docs/models.md lists them.

    \b
    Examples:
      stationcast endpoint --variant depth5=model.tar.gz
      stationcast endpoint --variant depth5=a.tar.gz --variant depth10=b.tar.gz \\
          --weights depth5=95,depth10=5
      stationcast endpoint --models endpoint-models/
      curl -X PUT localhost:8080/faults -d '{"delay_seconds": 5}'
      curl -X DELETE localhost:8081/faults
    """
    import uvloop  # noqa: PLC0415 -- most commands do not need it

    from local.standin.endpoint import Endpoint  # noqa: PLC0415 -- the same
    from local.standin.front import Ports, serve  # noqa: PLC0415 -- the same

    wanted = Endpoint(
        name=name,
        variants=_pairs("--variant", variants),
        weights=_weights(weights),
        shadow=_pairs("--shadow", (shadow,) if shadow else ()),
        models=models,
        workers=workers,
    )
    ports = Ports(port, port and port + 1)
    uvloop.run(serve(wanted, ports, lambda at: _greet(name, at), as_child=False))


def _greet(name: str, ports: Ports) -> None:
    url = f"http://127.0.0.1:{ports.port}"
    click.echo(f"Endpoint {name} is in service on {url}\n")
    click.echo(f"  export AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME={url}")
    click.echo(f"  export AWS_ENDPOINT_URL_SAGEMAKER={url}\n")
    click.echo(f"Faults: http://127.0.0.1:{ports.faults_port}/faults\nCtrl-C stops.\n")


def _pairs(option: str, texts: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, _, path = text.partition("=")
        if not name or not path:
            raise click.BadParameter(f"{text!r} is not NAME=model.tar.gz", param_hint=option)
        if name in pairs:
            raise click.BadParameter(f"{name!r} is there twice", param_hint=option)
        pairs[name] = path
    return pairs


def _weights(text: str | None) -> dict[str, float]:
    weights = {}
    for pair in text.split(",") if text else ():
        name, _, weight = pair.partition("=")
        try:
            weights[name] = float(weight)
        except ValueError as error:
            reason = f"{pair!r} is not NAME=WEIGHT"
            raise click.BadParameter(reason, param_hint="--weights") from error
    return weights
