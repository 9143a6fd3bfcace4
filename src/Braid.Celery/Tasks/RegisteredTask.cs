using System.Reflection;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Braid.Celery.Wire;
using Microsoft.Extensions.DependencyInjection;

namespace Braid.Celery;

/// <summary>A task that this process can run: a method, and how a message's arguments become its parameters.</summary>
internal sealed class RegisteredTask
{
    private readonly MethodInvoker _invoker;
    private readonly Func<IServiceProvider?, object?> _target;
    private readonly Func<object?, ValueTask<object?>> _unwrap;
    private readonly Parameter[] _parameters;
    private readonly Parameter[] _values;
    private readonly Parameter? _rest;
    private readonly Parameter? _kwargs;

    private enum Kind { Value, Rest, Kwargs, Request, Token, Service, Error }

    private sealed record Parameter(int Position, string Name, string WireName, Type Type, Kind Kind, bool HasDefault, object? Default);

    internal RegisteredTask(string name, MethodInfo method, Func<IServiceProvider?, object?> target, CeleryTaskOptions options)
    {
        Name = name;
        Options = options;
        _target = target;
        _invoker = MethodInvoker.Create(method);
        (_unwrap, ReturnType) = ResultUnwrapper.For(method.ReturnType);
        IsAsync = typeof(Task).IsAssignableFrom(method.ReturnType) || method.ReturnType.Name.StartsWith("ValueTask", StringComparison.Ordinal);
        _parameters = [.. method.GetParameters().Select(Describe)];
        _values = [.. _parameters.Where(p => p.Kind == Kind.Value)];
        _rest = Array.Find(_parameters, p => p.Kind == Kind.Rest);
        _kwargs = Array.Find(_parameters, p => p.Kind == Kind.Kwargs);
        IsErrorHandler = _parameters.Any(p => p.Kind == Kind.Error);
    }

    internal string Name { get; }
    internal CeleryTaskOptions Options { get; }

    /// <summary>The type of its result; void for none.</summary>
    internal Type ReturnType { get; }

    /// <summary>Whether the method returns before its work is done.</summary>
    internal bool IsAsync { get; }

    /// <summary>Takes an <see cref="Exception"/>: as an errback it is called in place, with the failed task's request, its error and its traceback.</summary>
    internal bool IsErrorHandler { get; }

    /// <summary>Whether its options want a retry after this error.</summary>
    internal bool IsRetriedAfter(Exception error) =>
        Options.AutoRetryFor.Any(t => t.IsInstanceOfType(error)) && !Options.DoNotAutoRetryFor.Any(t => t.IsInstanceOfType(error));

    /// <summary>As Python names it in its texts: the last part of the task's name.</summary>
    private string FunctionName => Name[(Name.LastIndexOf('.') + 1)..];

    private static Parameter Describe(ParameterInfo p)
    {
        var kind = p.ParameterType == typeof(TaskRequest) ? Kind.Request
            : p.ParameterType == typeof(CancellationToken) ? Kind.Token
            : p.IsDefined(typeof(ServiceAttribute)) ? Kind.Service
            : typeof(Exception).IsAssignableFrom(p.ParameterType) ? Kind.Error
            : p.IsDefined(typeof(ParamArrayAttribute)) ? Kind.Rest
            : p.Name == "kwargs" && p.ParameterType.IsAssignableFrom(typeof(Dictionary<string, object?>)) ? Kind.Kwargs
            : Kind.Value;
        var name = p.Name ?? $"arg{p.Position}";
        return new(p.Position, name, JsonNamingPolicy.SnakeCaseLower.ConvertName(name), p.ParameterType, kind, p.HasDefaultValue, p.HasDefaultValue ? Default(p) : null);
    }

    private static object? Default(ParameterInfo p) =>
        p.DefaultValue is null && p.ParameterType.IsValueType && Nullable.GetUnderlyingType(p.ParameterType) is null
            ? Activator.CreateInstance(p.ParameterType)
            : p.DefaultValue;

    /// <summary>Reads a message's arguments into parameters.</summary>
    /// <exception cref="TaskArgumentException">They do not fit; the text is the one Python raises.</exception>
    internal object?[] Bind(ReadOnlySpan<byte> args, ReadOnlySpan<byte> kwargs, TaskRequest request, IServiceProvider? services, JsonSerializerOptions json, Exception? error = null)
    {
        var bound = new object?[_parameters.Length];
        var filled = new bool[_parameters.Length];
        // As in Python, a call that does not fit is reported before a value that does not.
        TaskArgumentException? unfit = null;
        var positional = BindPositional(args, bound, filled, ref unfit, json);
        if (positional == 0 && _values is [{ Type: var only }] && !filled[_values[0].Position] && IsRecord(only) && kwargs.Length > 2 && !HasKey(kwargs, _values[0]))
        {
            bound[_values[0].Position] = Convert(kwargs, _values[0], ref unfit, json);
            filled[_values[0].Position] = true;
        }
        else BindKeywords(kwargs, bound, filled, ref unfit, json);
        if (positional > _values.Length && _rest is null) throw TooMany(positional);

        List<Parameter>? missing = null;
        foreach (var parameter in _parameters)
        {
            if (filled[parameter.Position]) continue;
            switch (parameter.Kind)
            {
                case Kind.Request: bound[parameter.Position] = request; break;
                case Kind.Token: bound[parameter.Position] = request.CancellationToken; break;
                case Kind.Service:
                    bound[parameter.Position] = (services ?? throw new InvalidOperationException(
                        $"Task '{Name}' takes the service {parameter.Type} but the worker has no services: run it in a host, or set CeleryApp.Services.")).GetRequiredService(parameter.Type);
                    break;
                case Kind.Error when parameter.Type.IsInstanceOfType(error): bound[parameter.Position] = error; break;
                case Kind.Error when error is not null: throw new TaskArgumentException($"{FunctionName}() argument '{parameter.WireName}' must be {parameter.Type.Name}, not {ExceptionWire.Repr(error)}");
                case Kind.Rest: bound[parameter.Position] = Array.CreateInstance(parameter.Type.GetElementType()!, 0); break;
                case Kind.Kwargs: bound[parameter.Position] = new Dictionary<string, object?>(); break;
                case Kind.Value when parameter.HasDefault: bound[parameter.Position] = parameter.Default; break;
                // No message carries an exception: only an errback that is called in place has one.
                case Kind.Value or Kind.Error: (missing ??= []).Add(parameter); break;
            }
        }
        if (missing is not null) throw TaskArgumentException.Missing(FunctionName, missing.ConvertAll(p => p.WireName));
        if (unfit is not null) throw unfit;
        return bound;
    }

    /// <summary>
    /// What an errback that is called in place gets: the request and the error by their types, then the traceback, where its first value is a
    /// text, and the signature's own arguments, as in Python. An immutable signature gives its own arguments alone.
    /// </summary>
    /// <exception cref="TaskArgumentException">They do not fit.</exception>
    internal object?[] BindError(Signature errback, TaskRequest request, Exception error, string? traceback, IServiceProvider? services, JsonSerializerOptions json)
    {
        List<object?> args = [.. errback.Args];
        if (!errback.Immutable && _values is [{ Type: var first }, ..] && first == typeof(string)) args.Insert(0, traceback);
        var kwargs = errback.Kwargs as Dictionary<string, object?> ?? new Dictionary<string, object?>(errback.Kwargs, StringComparer.Ordinal);
        return Bind(PlainValue.ToJson(args, json), PlainValue.ToJson(kwargs, json), request, services, json, error);
    }

    private static bool IsRecord(Type type) => type is { IsClass: true, IsArray: false } && type != typeof(string) && type != typeof(object)
        && !typeof(System.Collections.IEnumerable).IsAssignableFrom(type);

    private static bool HasKey(ReadOnlySpan<byte> kwargs, Parameter parameter)
    {
        var reader = new Utf8JsonReader(kwargs, PlainValue.ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(parameter.Name) || reader.ValueTextEquals(parameter.WireName)) return true;
            reader.Skip();
        }
        return false;
    }

    private int BindPositional(ReadOnlySpan<byte> args, object?[] bound, bool[] filled, ref TaskArgumentException? unfit, JsonSerializerOptions json)
    {
        var reader = new Utf8JsonReader(args, PlainValue.ReaderOptions);
        reader.Read();
        var count = 0;
        List<object?>? rest = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count < _values.Length)
            {
                var parameter = _values[count];
                bound[parameter.Position] = Convert(ref reader, parameter, parameter.Type, ref unfit, json);
                filled[parameter.Position] = true;
            }
            else if (_rest is not null) (rest ??= []).Add(Convert(ref reader, _rest, _rest.Type.GetElementType()!, ref unfit, json));
            else reader.Skip();
            count++;
        }
        if (rest is not null && unfit is null)
        {
            var array = Array.CreateInstance(_rest!.Type.GetElementType()!, rest.Count);
            for (var i = 0; i < rest.Count; i++) array.SetValue(rest[i], i);
            bound[_rest.Position] = array;
            filled[_rest.Position] = true;
        }
        return count;
    }

    /// <summary>Python counts <c>self</c>, which a bound task has.</summary>
    private TaskArgumentException TooMany(int given)
    {
        var self = _parameters.Count(p => p.Kind == Kind.Request);
        given += self;
        var most = _values.Length + self;
        var least = _values.Count(p => !p.HasDefault) + self;
        var takes = least == most ? $"{most} positional argument{(most == 1 ? "" : "s")}" : $"from {least} to {most} positional arguments";
        return new($"{FunctionName}() takes {takes} but {given} {(given == 1 ? "was" : "were")} given");
    }

    private void BindKeywords(ReadOnlySpan<byte> kwargs, object?[] bound, bool[] filled, ref TaskArgumentException? unfit, JsonSerializerOptions json)
    {
        var reader = new Utf8JsonReader(kwargs, PlainValue.ReaderOptions);
        reader.Read();
        Dictionary<string, object?>? rest = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Parameter? parameter = null;
            foreach (var candidate in _values)
            {
                if (!reader.ValueTextEquals(candidate.Name) && !reader.ValueTextEquals(candidate.WireName)) continue;
                parameter = candidate;
                break;
            }
            var key = parameter is null ? reader.GetString()! : parameter.WireName;
            reader.Read();
            if (parameter is null)
            {
                if (_kwargs is null) throw TaskArgumentException.Unexpected(FunctionName, key);
                (rest ??= new(StringComparer.Ordinal))[key] = PlainValue.Read(ref reader);
                continue;
            }
            if (filled[parameter.Position]) throw new TaskArgumentException($"{FunctionName}() got multiple values for argument '{key}'");
            bound[parameter.Position] = Convert(ref reader, parameter, parameter.Type, ref unfit, json);
            filled[parameter.Position] = true;
        }
        if (rest is null) return;
        bound[_kwargs!.Position] = rest;
        filled[_kwargs.Position] = true;
    }

    private object? Convert(ReadOnlySpan<byte> value, Parameter parameter, ref TaskArgumentException? unfit, JsonSerializerOptions json)
    {
        var reader = new Utf8JsonReader(value, PlainValue.ReaderOptions);
        reader.Read();
        return Convert(ref reader, parameter, parameter.Type, ref unfit, json);
    }

    /// <summary>Null where the value does not fit; the first such value is noted.</summary>
    private object? Convert(ref Utf8JsonReader reader, Parameter parameter, Type type, ref TaskArgumentException? unfit, JsonSerializerOptions json)
    {
        // The commonest types without the serializer's detour.
        if (type == typeof(int) && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number)) return number;
        if (type == typeof(string) && reader.TokenType == JsonTokenType.String) return reader.GetString();
        if (type == typeof(object)) return PlainValue.Read(ref reader);
        var at = reader;
        try { return JsonSerializer.Deserialize(ref reader, type, json); }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or FormatException)
        {
            var found = PlainValue.Read(ref at);
            reader = at;
            unfit ??= new TaskArgumentException($"{FunctionName}() argument '{parameter.WireName}' must be {type.Name}, not {PythonRepr.Of(found)}");
            return null;
        }
    }

    /// <summary>Calls the method; exceptions come out as they were thrown.</summary>
    internal ValueTask<object?> InvokeAsync(object?[] bound, IServiceProvider? services)
    {
        try { return _unwrap(_invoker.Invoke(_target(services), bound.AsSpan())); }
        catch (TargetInvocationException e) when (e.InnerException is { } inner)
        {
            ExceptionDispatchInfo.Throw(inner);
            throw;
        }
    }
}
