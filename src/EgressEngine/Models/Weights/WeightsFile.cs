using Egress.Files;
using Egress.Models.Checkpoints;
using Egress.Models.Safetensors;

namespace Egress.Models.Weights;

/// <summary>Opens weights files of every format, told by their content.</summary>
public static class WeightsFile
{
    /// <summary>Opens and checks a file.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.WeightsInvalid"/>,
    /// <see cref="EgressErrorId.WeightsClassRefused"/>; <see cref="EgressErrorId.PathNotFound"/>,
    /// <see cref="EgressErrorId.PathNotAFile"/> or <see cref="EgressErrorId.InputUnreadable"/>. The path is the target.</exception>
    public static IWeightsFile Open(string path) => IsCheckpoint(path) ? CheckpointFile.Open(path) : SafetensorsFile.Open(path);

    private static bool IsCheckpoint(string path)
    {
        using var file = MappedFile.Open(path);

        // The length that a safetensors file begins with is below 100 million: its upper half is 0, and no pickle's is.
        var start = file.Bytes(0, (int)Math.Min(file.Length, 2 * sizeof(uint)));
        return CheckpointFile.IsCheckpoint(start) && !(start.Length == 2 * sizeof(uint) && start[4..].IndexOfAnyExcept((byte)0) < 0);
    }
}
