using System.Runtime.CompilerServices;
using Egress.Devices.Cuda;
using Egress.Runtime;

namespace Egress.Tests;

/// <summary>
/// A test that needs a GPU and a libtorch for CUDA. Without them it is skipped with the reason; with
/// <c>EGRESS_REQUIRE_GPU=1</c> it runs all the same, and fails. Put <c>[Trait("Category", "GPU")]</c> on its class.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class GpuFactAttribute : FactAttribute
{
    public GpuFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = GpuRequirement.Missing;
}

/// <summary>As <see cref="GpuFactAttribute"/>, for each row of data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class GpuTheoryAttribute : TheoryAttribute
{
    public GpuTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = GpuRequirement.Missing;
}

internal static class GpuRequirement
{
    private static readonly Lazy<string?> s_missing = new(
        () => IsRequired(Environment.GetEnvironmentVariable("EGRESS_REQUIRE_GPU")) ? null : Find());

    /// <summary>Why GPU tests are skipped; null where they run.</summary>
    public static string? Missing => s_missing.Value;

    /// <summary>Whether the value of EGRESS_REQUIRE_GPU says that a GPU test must not be skipped.</summary>
    internal static bool IsRequired(string? value) => value == "1";

    private static string? Find()
    {
        var inventory = CudaDevices.Enumerate(withFreeMemory: false);
        if (inventory.Reason is not null)
        {
            return inventory.Reason;
        }

        try
        {
            return NativeRuntime.EnsureLoaded().HasCuda ? null : "The libtorch in use was built for the CPU: set EGRESS_LIBTORCH.";
        }
        catch (EgressException error)
        {
            return error.Message;
        }
    }
}
