"""The same tasks in Python: run `celery -A tasks worker` beside, or in place of, the .NET worker. Both serve the same queue."""
from celery import Celery

app = Celery('example', broker='redis://localhost/0', backend='redis://localhost/1')


@app.task(name='example.add')
def add(x, y):
    return x + y


@app.task(name='example.sum')
def xsum(numbers):
    return sum(numbers)
