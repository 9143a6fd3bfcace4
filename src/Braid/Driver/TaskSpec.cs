namespace Braid.Driver;

/// <summary>What a task runs, in the form that its engine needs. Immutable.</summary>
internal abstract class TaskSpec
{
    /// <summary>Where the lambda stands in the source.</summary>
    public abstract string Name { get; }

    /// <summary>The task will never run again: what it captured is needed no more. Called once, by its record.</summary>
    public virtual void Release()
    {
    }
}
