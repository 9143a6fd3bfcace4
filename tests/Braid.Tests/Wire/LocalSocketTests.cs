using Braid.Tests.Engines;
using Braid.Tests.Objects;
using Braid.Wire;

namespace Braid.Tests.Wire;

/// <summary>The two kinds of sockets behave alike: by system calls, and by the library where their numbers are not known.</summary>
public sealed class LocalSocketTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Kinds => OperatingSystem.IsLinux() ? ["system calls", "library"] : ["library"];

    private string Address => Path.Combine(_folder.Path, "socket");

    public void Dispose() => _folder.Dispose();

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Kinds))]
    public async Task What_is_sent_arrives_in_order_and_then_the_end(string kind)
    {
        await Task.Yield();
        using var listener = Listen(kind);
        Assert.Null(listener.Accept());
        using var near = Connect(kind);
        using var far = Accept(listener);
        var buffer = new byte[16];
        Assert.False(far.Poll(0));
        Assert.Equal(LocalSocket.WouldWait, far.Receive(buffer));
        Assert.Equal(3, near.Send([1, 2, 3]));
        Assert.Equal(2, near.Send([4, 5]));
        near.Shutdown(both: false);
        Assert.True(far.Poll(LocalSocket.Forever));
        Assert.Equal(5, far.Receive(buffer));
        Assert.Equal([1, 2, 3, 4, 5], buffer[..5]);
        Assert.True(far.Poll(LocalSocket.Forever));
        Assert.Equal(0, far.Receive(buffer));
        // The other way is open still.
        Assert.Equal(1, far.Send([6]));
        Assert.True(near.Poll(LocalSocket.Forever));
        Assert.Equal(1, near.Receive(buffer));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Kinds))]
    public async Task A_peer_that_does_not_read_holds_up_nobody(string kind)
    {
        using var listener = Listen(kind);
        using var near = Connect(kind);
        using var far = Accept(listener);
        var block = new byte[100_000];
        long sent = 0;
        for (int count; (count = near.Send(block)) != LocalSocket.WouldWait; sent += count)
            Assert.InRange(sent, 0, 64 << 20);
        Assert.False(near.Poll(0, toSend: true));
        var room = Task.Run(() => near.Poll(LocalSocket.Forever, toSend: true), TestContext.Current.CancellationToken);
        long received = 0;
        while (received < sent)
            received += far.Receive(block) is > 0 and var count ? count : throw new InvalidOperationException("Bytes are missing.");
        Assert.True(await room);
        Assert.Equal(1, near.Send([1]));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Kinds))]
    public async Task A_peer_that_is_gone_is_an_end_and_an_error_for_who_sends(string kind)
    {
        await Task.Yield();
        using var listener = Listen(kind);
        using var near = Connect(kind);
        Accept(listener).Dispose();
        Assert.True(near.Poll(LocalSocket.Forever));
        Assert.Equal(0, near.Receive(new byte[1]));
        Assert.Throws<EndOfStreamException>(() => near.Send([1]));
        near.Shutdown(both: true);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Kinds))]
    public async Task Who_waits_wakes_when_this_end_is_shut_down(string kind)
    {
        var listener = Listen(kind);
        var near = Connect(kind);
        using var far = Accept(listener);
        foreach (var waiting in new[] { near, listener })
        {
            // Most rounds find the other thread in its wait, some before it.
            using var begun = new ManualResetEventSlim();
            var wait = Task.Run(() =>
            {
                begun.Set();
                return waiting.Poll(LocalSocket.Forever);
            });
            begun.Wait();
            waiting.Shutdown(both: true);
            Assert.True(await wait);
            waiting.Dispose();
        }

        Assert.Throws<EndOfStreamException>(() => near.Send([1]));
        Assert.Throws<EndOfStreamException>(() => near.Receive(new byte[1]));
        Assert.ThrowsAny<IOException>(listener.Accept);
        near.Shutdown(both: true);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void What_cannot_be_had_is_an_error_that_names_the_path(string kind)
    {
        Assert.Contains(Address, Assert.ThrowsAny<IOException>(() => Connect(kind)).Message, StringComparison.Ordinal);
        using var listener = Listen(kind);
        Assert.Contains(Address, Assert.ThrowsAny<IOException>(() => Listen(kind)).Message, StringComparison.Ordinal);
        var tooLong = Path.Combine(_folder.Path, new string('a', 200));
        Assert.Contains(tooLong, Assert.ThrowsAny<IOException>(() => Listen(kind, tooLong)).Message, StringComparison.Ordinal);
    }

    private LocalSocket Listen(string kind, string? path = null) =>
        kind == "library" ? LibrarySocket.Listening(path ?? Address, backlog: 8) : LinuxSocket.Listening(path ?? Address, backlog: 8);

    private LocalSocket Connect(string kind) => kind == "library" ? LibrarySocket.Connected(Address) : LinuxSocket.Connected(Address);

    private static LocalSocket Accept(LocalSocket listener)
    {
        Assert.True(listener.Poll(LocalSocket.Forever));
        return listener.Accept()!;
    }
}
