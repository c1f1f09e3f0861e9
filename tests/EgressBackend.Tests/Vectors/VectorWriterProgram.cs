using System.Diagnostics;
using System.Reflection;

namespace Egress.Backend.Tests.Vectors;

/// <summary>Starts tests/LongRuns, which writes vectors in a process of its own.</summary>
internal static class VectorWriterProgram
{
    /// <summary>Starts it; its output is the caller's to read.</summary>
    public static Process Start(params string[] arguments)
    {
        var program = typeof(VectorWriterProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "LongRunsProgram").Value!;
        return Process.Start(new ProcessStartInfo("dotnet", ["exec", program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }
}
