namespace Braid.Celery;

/// <summary>A task that a beat sends at each tick of its schedule.</summary>
/// <param name="Name">Names it among the app's periodic tasks; what was sent last is remembered under it.</param>
/// <param name="Schedule">When.</param>
/// <param name="Signature">What is sent, a canvas too.</param>
public sealed record PeriodicTask(string Name, Schedule Schedule, Signature Signature);
