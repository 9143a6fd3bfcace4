namespace Braid.Scheduling;

internal sealed partial class Scheduler
{
    /// <summary>A worker short of memory gets only what starts at once; one that has room again is filled as any other.</summary>
    public void SetPressure(WorkerNode worker, bool isPressed)
    {
        if (worker.IsPressed == isPressed || worker.State is WorkerState.Joining or WorkerState.Lost)
            return;
        worker.IsPressed = isPressed;
        Touch(worker);
        Dispatch();
    }
}
