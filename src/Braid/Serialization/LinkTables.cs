using Braid.Lambdas;

namespace Braid.Serialization;

/// <summary>
/// The types that one link has named already. <see cref="IdOf"/> gives a number that is good for the life of the link; the owner sees to it that
/// the other end knows the number's type (as <see cref="Types.TypeIdentity"/> writes it) before the payload arrives.
/// </summary>
internal interface ITypeTable
{
    int IdOf(Type type);

    /// <exception cref="SerializationException">No such number.</exception>
    Type FromId(int id);
}

/// <summary>The lambdas that one link has named already, under the same agreement as <see cref="ITypeTable"/>.</summary>
internal interface IFunctionTable
{
    int IdOf(Lambda lambda);

    /// <exception cref="SerializationException">No such number.</exception>
    Lambda FromId(int id);
}
