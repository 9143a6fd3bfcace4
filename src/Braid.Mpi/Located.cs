namespace Braid.Mpi;

/// <summary>
/// A value and where it is, for <see cref="Op.MinLoc"/> and <see cref="Op.MaxLoc"/>: the smallest or largest value, and the lowest location
/// among equals.
/// <typeparamref name="T"/> is double, float, long, int or short (MPI_DOUBLE_INT and its kin).
/// </summary>
/// <param name="Value">The value.</param>
/// <param name="Location">Its index or rank.</param>
public readonly record struct Located<T>(T Value, int Location) where T : unmanaged;
