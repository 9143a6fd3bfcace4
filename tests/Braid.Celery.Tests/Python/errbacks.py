"""Canvas that fails, with errbacks on every part of it. ErrbackCanvas.cs builds the same."""
from celery import chain, chord, group


def send(app, side, queue, prefix, other_side, other_queue):
    """Sends all cases to one side's worker. The ids of what fails and the arguments of errbacks begin with the prefix."""

    def task(name, *args, id=None, immutable=False, **kwargs):
        s = app.signature(f'{side}.{name}', args=args, kwargs=kwargs, immutable=immutable).set(queue=queue)
        return s.set(task_id=prefix + id) if id else s

    def fail(id):
        return task('fail', 'boom', id=id, immutable=True)

    def ok():
        return task('add', 1, 1, immutable=True)

    old, new = task('old_errback'), task('new_errback')

    def with_errbacks(canvas, *errbacks):
        for errback in errbacks:
            canvas.link_error(errback)
        canvas.apply_async()

    def both(case):
        return old, new, own(case), task('new_errback', extra='x')

    def own(case):
        return task('old_errback', prefix + case + '-own', immutable=True, extra='i')

    with_errbacks(fail('task'), *both('task'))
    with_errbacks(fail('own'), task('new_errback', 'x'))
    with_errbacks(chain(ok(), fail('chain'), ok()), *both('chain'))
    with_errbacks(group(ok(), fail('group-1'), fail('group-2')), *both('group'))
    with_errbacks(chord([ok(), fail('chord-part')], task('xsum', id='chord')), *both('chord'))
    with_errbacks(chord([ok(), fail('header').on_error(old).on_error(new)], task('xsum', id='header-body')))
    with_errbacks(chord([ok(), fail('body-part')], task('xsum', id='body').on_error(old).on_error(new)))
    with_errbacks(chain(group(fail('from-group-1'), fail('from-group-2')), task('xsum', id='from-group')), *both('from-group'))
    # What failed has no id here: the body is a chain, which Celery gives none.
    with_errbacks(chain(ok(), group(ok(), fail('upgraded-part')), task('xsum'), ok()), own('upgraded'))
    with_errbacks(chord([ok(), fail('chain-part')], chain(task('xsum'), ok())), own('chain-body'))
    with_errbacks(chord([ok(), ok()], fail('failing-body')), *both('failing-body'))
    with_errbacks(fail('as-group'), group(task('old_errback'), task('old_errback', extra='g'), task('old_errback', prefix + 'as-group-own', immutable=True)))
    with_errbacks(fail('as-chord'), chord([task('old_errback'), task('old_errback', extra='c')], task('collect')))
    with_errbacks(fail('as-chain'), chain(task('old_errback'), task('collect')))
    with_errbacks(fail('across'), app.signature(f'{other_side}.old_errback').set(queue=other_queue))
    with_errbacks(task('replace_fail', id='replaced'), *both('replaced'))
