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

    /// <summary>The references that it captures, by place. Those of a process only: no value of another engine can be lost.</summary>
    public virtual IObjectState[] References => [];

    /// <summary>What keeping it costs, in bytes of whatever memory.</summary>
    public virtual long Bytes => 0;

    /// <summary>The same with other references in the same places.</summary>
    public virtual TaskSpec With(IObjectState[] references) => this;
}
