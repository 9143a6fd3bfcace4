using System.Diagnostics;
using System.Reflection;

namespace Braid.Lambdas;

/// <summary>
/// Finds which captured variables a lambda's body can read, by reading IL: its own, and that of every method of the compiler's making
/// that it can get to (nested lambdas, local functions, async and iterator state machines).
/// </summary>
/// <remarks>
/// The search is by field, not by path: a variable counts as read when any reachable method loads it from any closure. That is sound,
/// because the fields of a closure cannot be named by a user's own method: whoever reads one is of the compiler's making, and is
/// reachable only by a token in a method of the compiler's making. It resolves nothing that lies outside the lambda's module if it can
/// help it, so it loads no assembly that the program itself would not.
/// </remarks>
internal static class ReachableFields
{
    /// <summary>The field definition tokens (of the root's module) that code reachable from <paramref name="root"/> reads, or null when
    /// a body cannot be seen, so that every field may be read.</summary>
    public static HashSet<int>? Of(MethodBase root)
    {
        Debug.Assert(!root.IsAbstract);
        var search = new Search(root.Module);
        search.Add(root);
        return search.Run() ? search.Read : null;
    }

    /// <summary>The same from all methods of a state machine on.</summary>
    public static HashSet<int>? OfStateMachine(Type type)
    {
        var search = new Search(type.Module);
        search.FollowStateMachine(type);
        return search.Run() ? search.Read : null;
    }

    /// <summary>The method whose sequence points are those of <paramref name="method"/>'s source: for an async method or an iterator the
    /// <c>MoveNext</c> of its state machine, else itself.</summary>
    public static MethodBase SourceOf(MethodBase method)
    {
        var search = new Search(method.Module);
        search.ReadOne(method);
        return search.FirstStateMachine?.GetMethod("MoveNext", Search.Declared) ?? method;
    }

    private sealed class Search(Module module)
    {
        public const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static
            | BindingFlags.Public | BindingFlags.NonPublic;

        // Each method is read once, whatever its generic arguments: fields are told apart by definition, so they change nothing.
        private readonly HashSet<int> _seen = [];
        private readonly Stack<MethodBase> _pending = new();

        public HashSet<int> Read { get; } = [];

        public Type? FirstStateMachine { get; private set; }

        public bool Run()
        {
            while (_pending.TryPop(out var method))
            {
                if (!ReadOne(method)) return false;
            }

            return true;
        }

        public bool ReadOne(MethodBase method)
        {
            if (method.GetMethodBody()?.GetILAsByteArray() is not { } bytes) return method.IsAbstract;
            var typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
            var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
            var isGeneric = typeArguments is not null || methodArguments is not null;
            var il = new IlReader(bytes);
            while (il.MoveNext())
            {
                var table = il.Token >>> 24;
                var isLoad = il.OpCode is Il.LoadField or Il.LoadFieldAddress or Il.LoadToken;
                if (table == Il.FieldTable && isLoad)
                {
                    Read.Add(il.Token);
                }
                else if (table is Il.FieldTable or Il.MethodTable or Il.MethodSpecificationTable
                    // Only generic code refers to its own closures by reference; elsewhere a reference leads out of the module.
                    || (table == Il.MemberReferenceTable && isGeneric))
                {
                    Follow(Resolve(il.Token, typeArguments, methodArguments), isLoad);
                }
            }

            return true;
        }

        private MemberInfo? Resolve(int token, Type[]? typeArguments, Type[]? methodArguments)
        {
            try
            {
                return module.ResolveMember(token, typeArguments, methodArguments);
            }
            catch (Exception e) when (e is IOException or BadImageFormatException or TypeLoadException or MissingMemberException or ArgumentException)
            {
                // Something of an assembly that is not here: foreign code, which no closure of this module can be read by.
                return null;
            }
        }

        private void Follow(MemberInfo? member, bool isLoad)
        {
            if (member is null || member.Module != module) return;
            if (member is FieldInfo && isLoad) Read.Add(member.MetadataToken);
            if (member.DeclaringType is { } type && GeneratedNames.IsStateMachine(type)) FollowStateMachine(type);
            if (member is MethodBase method && GeneratedNames.IsGenerated(method.Name, method.DeclaringType)) Add(method);
        }

        // Which of its methods run is decided by interfaces, so all of them count.
        public void FollowStateMachine(Type type)
        {
            FirstStateMachine ??= type;
            foreach (var method in type.GetMethods(Declared)) Add(method);
        }

        public void Add(MethodBase method)
        {
            if (_seen.Add(method.MetadataToken)) _pending.Push(method);
        }
    }
}
