using System.Runtime.ExceptionServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Embedded;

/// <content>Requests.</content>
internal sealed unsafe partial class EmbeddedBackend
{
    public override int Test(nint* request, out bool done, StatusBlock* status)
    {
        if (*request == 0)
        {
            (done, *status) = (true, default);
            return 0;
        }
        var operation = _requests[*request];
        done = _engine.Poll(operation);
        return done ? Complete(request, operation, status) : 0;
    }

    public override int Wait(nint* request, StatusBlock* status)
    {
        if (*request == 0)
        {
            return 0;
        }
        var operation = _requests[*request];
        _engine.Wait(operation);
        return Complete(request, operation, status);
    }

    public override int WaitAll(Span<nint> requests, Span<StatusBlock> statuses)
    {
        var code = 0;
        for (var i = 0; i < requests.Length; i++)
        {
            fixed (nint* request = &requests[i])
            fixed (StatusBlock* status = &statuses[i])
            {
                code = Math.Max(code, Wait(request, status));
            }
        }
        return code;
    }

    public override int WaitAny(Span<nint> requests, out int index, StatusBlock* status)
    {
        var patience = default(Engine.Patience);
        while (true)
        {
            index = -1;
            for (var i = 0; i < requests.Length; i++)
            {
                if (requests[i] == 0)
                {
                    continue;
                }
                index = i;
                var operation = _requests[requests[i]];
                if (_engine.Poll(operation))
                {
                    fixed (nint* request = &requests[i])
                    {
                        return Complete(request, operation, status);
                    }
                }
            }
            if (index == -1)
            {
                return 0;
            }
            _engine.Pause(ref patience, null);
        }
    }

    public override int TestSome(Span<nint> requests, Span<int> indices, Span<StatusBlock> statuses, out int count)
    {
        count = 0;
        var code = 0;
        for (var i = 0; i < requests.Length; i++)
        {
            if (requests[i] != 0 && _engine.Poll(_requests[requests[i]]))
            {
                fixed (nint* request = &requests[i])
                fixed (StatusBlock* status = &statuses[count])
                {
                    code = Math.Max(code, Complete(request, _requests[requests[i]], status));
                }
                indices[count++] = i;
            }
        }
        return code;
    }

    public override int Cancel(nint* request)
    {
        _engine.Cancel(_requests[*request]);
        return 0;
    }

    public override int FreeRequest(nint* request)
    {
        if (*request != 0)
        {
            // One that is under way goes on; the engine has it.
            _requests.Remove(*request);
            *request = 0;
        }
        return 0;
    }

    public override bool TrySleep() => _engine.TrySleep();

    public override void Rouse() => _engine.Rouse();

    private int Complete(nint* request, Operation operation, StatusBlock* status)
    {
        var code = Report(operation, status);
        if (operation.Restart is null)
        {
            _requests.Remove(*request);
            *request = 0;
        }
        if (operation.Failure is { } failure)
        {
            operation.Failure = null;
            ExceptionDispatchInfo.Throw(failure);
        }
        return code;
    }

    private static int Report(Operation operation, StatusBlock* status)
    {
        if (status != null)
        {
            *status = default;
            ref var fields = ref Fields(in *status);
            (fields.Source, fields.Tag, fields.Bytes) = (operation.Source, operation.MessageTag, operation.Received);
            (fields.Error, fields.Cancelled) = ((int)operation.Error, operation.Cancelled ? 1 : 0);
        }
        return (int)operation.Error;
    }
}
