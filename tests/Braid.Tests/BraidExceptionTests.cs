namespace Braid.Tests;

public class BraidExceptionTests
{
    [Fact]
    public void It_keeps_its_message_and_cause()
    {
        var cause = new InvalidOperationException("cause");
        var exception = new BraidException("what happened", cause);
        Assert.Equal("what happened", exception.Message);
        Assert.Same(cause, exception.InnerException);
    }
}
