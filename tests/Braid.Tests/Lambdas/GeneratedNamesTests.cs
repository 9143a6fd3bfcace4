using Braid.Lambdas;

namespace Braid.Tests.Lambdas;

public class GeneratedNamesTests
{
    [Theory]
    [InlineData("x", "x")]
    [InlineData("<>4__this", "this")]
    [InlineData("<x>5__2", "x")]
    [InlineData("<>3__x", "x")]
    [InlineData("<x>P", "x")]
    [InlineData("<Name>k__BackingField", "Name")]
    [InlineData("<Name>i__Field", "Name")]
    [InlineData("$VB$Me", "this")]
    [InlineData("$VB$Local_x", "x")]
    [InlineData("_field", "_field")]
    public void A_field_gets_the_name_that_the_user_wrote(string field, string variable) =>
        Assert.Equal(variable, GeneratedNames.Variable(field));

    [Fact]
    public void The_compilers_own_types_are_told_from_each_other()
    {
        var x = 1;
        Func<int> capturing = () => x;
        Func<int> free = () => 1;
        Assert.True(GeneratedNames.IsClosure(capturing.Target!.GetType()));
        Assert.False(GeneratedNames.IsStatelessHolder(capturing.Target!.GetType()));
        Assert.True(GeneratedNames.IsStatelessHolder(free.Target!.GetType()));
        Assert.False(GeneratedNames.IsClosure(free.Target!.GetType()));
        Assert.True(GeneratedNames.IsStateMachine(Numbers().GetType()));
        Assert.False(GeneratedNames.IsClosure(new { x }.GetType()));
        Assert.False(GeneratedNames.IsStatelessHolder(new { x }.GetType()));
        Assert.False(GeneratedNames.IsStateMachine(typeof(GeneratedNamesTests)));
    }

    private static IEnumerable<int> Numbers()
    {
        yield return 1;
    }
}
