namespace Egress.Backend.Tests.Scenes;

/// <summary>The scenes that no training saw, with their ground truth, and the weights that were trained on others.</summary>
internal static class SceneFiles
{
    /// <summary>Side of the square that the weights were trained for, in pixels.</summary>
    public const int ImageSize = 768;

    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "samples");

    public static string Weights { get; } = Path.Combine(s_folder, "models", "scenes.safetensors");

    /// <summary>The classes' names; a class's place is its label.</summary>
    public static string[] Classes { get; } = File.ReadAllLines(Path.Combine(s_folder, "models", "scenes.classes.txt"));

    /// <summary>JPEG files.</summary>
    public static string[] Pictures { get; } =
        [.. Directory.GetFiles(Path.Combine(s_folder, "scenes"), "*.jpg").Order(StringComparer.Ordinal)];

    /// <summary>The file with a picture's labels, of the picture's size.</summary>
    public static string Truth(string picture) =>
        Path.Combine(Path.GetDirectoryName(picture)!, "truth", Path.ChangeExtension(Path.GetFileName(picture), ".png"));
}
