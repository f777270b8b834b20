"""A small site on ZEO for real Celery workers; they get its addresses by the environment."""

import os

from portal import outbox, tasks
from tests.unit.site_helper import make_registry

celery_app = tasks.celery_app


@outbox.job("test.count")
def count(request, number):
    request.root[number] = request.root.get(number, 0) + 1


def settings():
    return {
        "zodbconn.uri": os.environ["TEST_MAIN"],
        "zodbconn.uri.audit": os.environ["TEST_AUDIT"],
        "yitang.broker": os.environ["TEST_BROKER"],
        "yitang.data": os.environ["TEST_DATA"],
    }


def build():
    return make_registry(**settings())


tasks.builder = build
if __name__ != "__main__" and "TEST_BROKER" in os.environ:
    tasks.use_broker(settings())
