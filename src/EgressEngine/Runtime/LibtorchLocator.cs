namespace Egress.Runtime;

/// <summary>
/// Decides which libtorch is used: the one that <c>EGRESS_LIBTORCH</c> names, else the module's own. Nothing else is looked at,
/// neither the current folder nor a package cache: what a session loads must not depend on where it was started.
/// </summary>
internal static class LibtorchLocator
{
    /// <summary>The environment variable that names the folder of a libtorch.</summary>
    public const string Variable = "EGRESS_LIBTORCH";

    /// <summary>The library that a folder has to hold to be a libtorch.</summary>
    public const string Witness = "libtorch_cpu.so";

    /// <summary>Where the variable, or what it names, is at fault.</summary>
    internal const string Advice =
        $"Set {Variable} to the folder of a libtorch (for a Python installation of PyTorch, its torch/lib folder), or remove the "
        + "variable to use the libtorch of the module; where that is damaged, build or install the module again.";

    private const string AdviceWithout =
        $"Where PyTorch is installed, set {Variable} to what python3 -c 'import torch; print(torch.__path__[0])' prints; elsewhere to the "
        + "folder of an unpacked libtorch, or install or build the module with its libtorch. Get-Help about_Egress_GpuSetup has the ways.";

    /// <summary>Finds the libtorch to use.</summary>
    /// <param name="variable">The value of <see cref="Variable"/>; null or empty where it is not set.</param>
    /// <param name="depsFolder">Full path of the module's folder of native libraries.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.RuntimeNotLoaded"/>: there is none. A variable that is wrong is
    /// an error, not a reason to look elsewhere: a run must not use another libtorch than the one asked for.</exception>
    public static LibtorchLocation Locate(string? variable, string depsFolder)
    {
        if (string.IsNullOrEmpty(variable))
        {
            return HoldsLibtorch(depsFolder)
                ? new LibtorchLocation(depsFolder, LibtorchOrigin.Module)
                : throw NotFound(
                    $"No libtorch was found: {Variable} is not set, and the module's folder '{depsFolder}' holds no {Witness}.",
                    depsFolder,
                    AdviceWithout);
        }

        if (!Path.IsPathFullyQualified(variable))
        {
            throw NotFound($"{Variable} is '{variable}', which is not a full path.", variable);
        }

        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(variable));
        if (!Directory.Exists(folder))
        {
            throw NotFound($"{Variable} is '{variable}', and there is no such folder.", variable);
        }

        // An unpacked libtorch and a Python package keep the libraries one level down.
        var below = Path.Combine(folder, "lib");
        return HoldsLibtorch(folder) ? new LibtorchLocation(folder, LibtorchOrigin.Environment)
            : HoldsLibtorch(below) ? new LibtorchLocation(below, LibtorchOrigin.Environment)
            : throw NotFound($"{Variable} is '{variable}', and neither that folder nor its lib folder holds {Witness}.", variable);
    }

    private static bool HoldsLibtorch(string folder) => File.Exists(Path.Combine(folder, Witness));

    private static EgressException NotFound(string message, string target, string advice = Advice) =>
        new(EgressErrorId.RuntimeNotLoaded, EgressErrorCategory.NotInstalled, message, advice, target);
}
