namespace Egress.Tests.Probe;

/// <summary>What a probe process found.</summary>
/// <param name="Results">One for each step.</param>
/// <param name="MappedFiles">Full paths of the files mapped into the process at the end.</param>
/// <param name="SessionAssemblies">Paths of the default context's assemblies at the end.</param>
public sealed record ProbeReport(ProbeResult[] Results, string[] MappedFiles, string[] SessionAssemblies);

/// <summary>What came of a step.</summary>
/// <param name="Values">What it returned.</param>
/// <param name="Error">What it threw instead.</param>
public sealed record ProbeResult(string[] Values, ProbeError? Error);

/// <summary>An exception.</summary>
/// <param name="Types">Its type's name and those of its causes, outermost first.</param>
/// <param name="Message">Its message.</param>
/// <param name="ErrorId">The id of an <c>EgressException</c>.</param>
/// <param name="Category">The category of an <c>EgressException</c>.</param>
/// <param name="Advice">The advice of an <c>EgressException</c>.</param>
/// <param name="Target">The target of an <c>EgressException</c>.</param>
public sealed record ProbeError(string[] Types, string Message, string? ErrorId, string? Category, string? Advice, string? Target);
