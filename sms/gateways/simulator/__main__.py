"""`python -m sms.gateways.simulator --port N --database FILE`: runs until interrupted."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

from sms.gateways.simulator.callbacks import WIRES
from sms.gateways.simulator.server import SimulatorServer
from sms.gateways.simulator.wire import Config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options, shared with the management command."""
    parser.add_argument("--port", type=int, default=8025, help="0 takes a free one; the first line names it")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; it has no login")
    parser.add_argument("--database", type=Path, required=True, help="SQLite file, made when missing")
    parser.add_argument("--webhook", default="", help="where delivery reports are posted; none: polling only")
    parser.add_argument("--webhook-secret", default="local-webhook-secret", help="signs those posts")
    parser.add_argument("--webhook-wire", default="local", choices=sorted(WIRES), help="whose format they have")
    parser.add_argument("--app-key", default="local-app", help="stands in the addresses of NHN's wire")
    parser.add_argument("--api-key", default="local-key", help="bearer key the portal must show")
    parser.add_argument("--mail-dir", default="", help="directory of Django's file e-mail backend")


def serve(options: argparse.Namespace) -> None:
    """Listens until SIGTERM or Ctrl-C."""
    config = Config(
        options.api_key, options.webhook_secret, options.mail_dir, options.app_key, options.webhook_wire
    )
    server = SimulatorServer((options.host, options.port), options.database, options.webhook, config)
    # `shutdown` waits for the loop it ends, so it must not be called from the thread that runs the loop.
    signal.signal(signal.SIGTERM, lambda *_: Thread(target=server.shutdown).start())
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="sms.gateways.simulator", description=__doc__)
    add_arguments(parser)
    serve(parser.parse_args(arguments))


if __name__ == "__main__":
    main()
