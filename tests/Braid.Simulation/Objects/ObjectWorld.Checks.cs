namespace Braid.Simulation.Objects;

/// <summary>What must hold: nothing is freed while anyone can name it, and all is freed in the end.</summary>
internal sealed partial class ObjectWorld
{
    private void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new SimulationFailureException(_seed, _clock.Now, $"objects: {otherwise}.", null);
    }

    /// <summary>What the driver is about to let go, no code at a worker that lives has a reference to, unless the driver has yet to hear of it.</summary>
    private void CheckReachable(HashSet<SimObject> reached)
    {
        foreach (var peer in _peers.Where(peer => !peer.IsDead))
        {
            foreach (var copy in Reachable(peer))
            {
                Require(!copy.Original.IsCollected && (reached.Contains(copy.Original) || !copy.Original.IsKnown),
                    $"{copy.Original} is let go, and code at {peer} has a reference to it");
            }
        }
    }

    private void CheckReadable(SimObject wanted, string reader)
    {
        Require(!wanted.IsCollected, $"{wanted} was let go, and {reader} reads it");
        Require(!wanted.IsDeleted, $"the segments of {wanted} are deleted, and {reader} reads it");
    }

    /// <summary>What a worker names that it holds.</summary>
    private SimObject Found(Peer peer, long id)
    {
        var found = (SimObject)peer.Exports.Find(id);
        Require(!found.IsCollected, $"{peer} names {found}, which was let go");
        return found;
    }

    private void CheckNothingIsLeft()
    {
        foreach (var job in _jobs)
            Require(job.HasEnded, $"nothing happens any more, and {job.Result} was not made");
        foreach (var peer in _peers)
            Require(peer.Exports.Held().Length == 0, $"nobody refers to anything, and {peer} is taken to have {string.Join(", ", peer.Exports.Held().Take(3))}");
        Require(_ledger is { Count: 0, BytesInMemory: 0, BytesOnDisk: 0 }, $"nobody refers to anything, and {_ledger.Count} values are kept");
        foreach (var one in _objects)
            Require(one.Stored is null || one.IsDeleted, $"nobody refers to anything, and the segments of {one} are there");
    }
}
