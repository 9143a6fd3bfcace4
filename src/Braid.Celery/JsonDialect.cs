namespace Braid.Celery;

/// <summary>How dates, decimals, UUIDs and bytes are written in JSON. Both forms are always read.</summary>
public enum JsonDialect
{
    /// <summary><c>{"__type__": "datetime", "__value__": "…"}</c>, as Celery 5.3 and later write and understand. The default.</summary>
    Typed,

    /// <summary>Plain strings, as Celery up to 5.2 writes; such a worker does not decode the typed form.</summary>
    Plain,
}
