using System.Reflection;
using System.Text;
using Braid.Serialization;

namespace Braid.Lambdas;

/// <summary>Says in the user's words what of a lambda cannot travel, why, and what to do.</summary>
internal static class CaptureErrors
{
    /// <summary>The serializer's finding, whose path starts at the closure or at the object that the method belongs to.</summary>
    public static CaptureException Of(MethodInfo method, SerializationException found)
    {
        var isClosure = method.DeclaringType is { } type && GeneratedNames.IsClosure(type) && !method.IsStatic;
        var variable = Variable(found.Path!, isClosure ? null : "this");
        return New(method, variable, found.OffendingType!, found.Reason!, found);
    }

    public static CaptureException Pointer(MethodInfo method, FieldInfo field) =>
        New(method, GeneratedNames.Variable(field.Name), field.FieldType, "an address means nothing in another process. Capture what it points to.", null);

    private static CaptureException New(MethodInfo method, string? variable, Type type, string reason, Exception? cause)
    {
        var lambda = LambdaName.WithLocation(method);
        var message = new StringBuilder($"{lambda} captures {(variable is null ? "" : $"`{variable}`, ")}a {TypeNames.Of(type)}, which cannot travel: {reason}");
        if (variable is not null && variable.StartsWith("this.", StringComparison.Ordinal) && method.Name[0] == '<')
        {
            message.Append(" The lambda uses a member of the object that it was written in, so the whole object would be sent: ")
                .Append("to send less, copy the member to a local variable first and use that.");
        }

        return new CaptureException(message.ToString(), cause) { Variable = variable, VariableType = type, Lambda = lambda };
    }

    // closure.CS$<>8__locals1.options.<Stream>k__BackingField is options.Stream. A closure itself is no variable, and is all that is left where
    // no way was found.
    private static string? Variable(string path, string? root)
    {
        var variable = new StringBuilder(root);
        var isFirst = true;
        foreach (var step in path.Split('.'))
        {
            if (isFirst)
            {
                // The name of the root is the serializer's own; an index into it is not.
                isFirst = false;
                if (step.IndexOf('[', StringComparison.Ordinal) is var index and >= 0) variable.Append(step.AsSpan(index));
            }
            else if (!GeneratedNames.IsScopeLink(step))
            {
                if (variable.Length > 0) variable.Append('.');
                variable.Append(step.Length == 0 ? step : GeneratedNames.Variable(step));
            }
        }

        return variable.Length > 0 ? variable.ToString() : null;
    }
}
