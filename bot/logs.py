"""How log lines look. No line names a villager, their words or their chat."""

import logging

import structlog


def configure(form: str = "console", level: str = "info") -> None:
    """Key-value lines for people, or JSON for machines."""
    threshold = getattr(logging, level.upper())
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if form == "json" else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
    )
    logging.basicConfig(level=logging.WARNING)
    for noisy in ("apscheduler", "httpx", "telegram", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
