namespace Braid.Serialization.Types;

/// <summary>Types with a number that is part of the format: append only. All are of libraries that every .NET program has loaded already.</summary>
internal static class WellKnownTypes
{
    private static readonly Type[] All =
    [
        typeof(object), typeof(string), typeof(bool), typeof(char), typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int),
        typeof(uint), typeof(long), typeof(ulong), typeof(float), typeof(double), typeof(decimal), typeof(DateTime), typeof(DateTimeOffset),
        typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan), typeof(Guid), typeof(Half), typeof(Int128), typeof(UInt128), typeof(Uri),
        typeof(Version), typeof(Type), typeof(Exception), typeof(AggregateException), typeof(InvalidOperationException), typeof(ArgumentException),
        typeof(Nullable<>), typeof(List<>), typeof(Dictionary<,>), typeof(HashSet<>), typeof(Queue<>), typeof(KeyValuePair<,>),
        typeof(Tuple<>), typeof(Tuple<,>), typeof(Tuple<,,>), typeof(ValueTuple<>), typeof(ValueTuple<,>), typeof(ValueTuple<,,>),
        typeof(ValueTuple<,,,>), typeof(Memory<>), typeof(ReadOnlyMemory<>), typeof(Func<>), typeof(Func<,>), typeof(Func<,,>), typeof(Action),
        typeof(Action<>), typeof(Action<,>), typeof(Task), typeof(Task<>), typeof(ValueTask), typeof(ValueTask<>), typeof(CancellationToken),
        typeof(object[]), typeof(string[]), typeof(byte[]), typeof(int[]), typeof(long[]), typeof(float[]), typeof(double[]),
    ];

    private static readonly Dictionary<Type, int> Numbers = Number();

    public static int NumberOf(Type type) => Numbers.TryGetValue(type, out var number) ? number : -1;

    public static Type? OfNumber(ulong number) => number < (ulong)All.Length ? All[number] : null;

    private static Dictionary<Type, int> Number()
    {
        var numbers = new Dictionary<Type, int>(All.Length);
        for (var i = 0; i < All.Length; i++)
            numbers.Add(All[i], i);
        return numbers;
    }
}
