"""The same tasks in Python. Either worker, or both beside each other, serves the queue of the .NET program:

    celery -A tasks worker               add and sum, as `celery-example worker` does
    celery -A tasks worker -Q python     power, which .NET does not have, for `celery-example pair`
"""
import os

from celery import Celery

app = Celery('example', broker=os.environ.get('CELERY_BROKER_URL', 'redis://localhost/0'),
             backend=os.environ.get('CELERY_RESULT_BACKEND', 'redis://localhost/1'))


@app.task(name='example.add')
def add(x, y):
    return x + y


@app.task(name='example.sum')
def xsum(numbers):
    return sum(numbers)


@app.task(name='python.power')
def power(x, n):
    return x ** n
