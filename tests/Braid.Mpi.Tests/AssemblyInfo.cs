// Each test starts processes that fill the machine.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
