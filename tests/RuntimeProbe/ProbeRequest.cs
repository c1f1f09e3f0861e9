namespace Egress.Tests.Probe;

/// <summary>What a probe process does.</summary>
/// <param name="Steps">In order: <c>load</c>, <c>load from 16 threads</c>, <c>backend</c>, <c>cpu threads</c>,
/// <c>decode</c> with a path, or a method of <c>Uses</c>.</param>
/// <param name="Library">Full path of RuntimeProbe.Library.</param>
/// <param name="DepsFolder">What stands for the module's folder; null for the real one.</param>
/// <param name="SessionAssemblies">Assemblies that the default context has before anything else happens.</param>
public sealed record ProbeRequest(string[] Steps, string Library, string? DepsFolder, string[] SessionAssemblies);
