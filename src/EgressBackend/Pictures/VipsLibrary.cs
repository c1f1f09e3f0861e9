using NetVips;
using Vips = NetVips.NetVips;

namespace Egress.Backend.Pictures;

/// <summary>libvips, set up once for the process. The copy of it is the module's own, so its settings touch nobody else.</summary>
internal static class VipsLibrary
{
    private static readonly string[] s_loaders =
        ["VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp", "VipsForeignLoadTiff"];

    /// <summary>GLib keeps only the pointer.</summary>
    private static readonly Log.LogDelegate s_silence = (_, _, _) => { };

    private static readonly Lazy<Exception?> s_failure = new(SetUp);

    /// <summary>Loads libvips where it is not loaded yet.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.RuntimeNotLoaded"/>.</exception>
    public static void EnsureLoaded()
    {
        if (s_failure.Value is { } failure)
        {
            throw new EgressException(
                EgressErrorId.RuntimeNotLoaded,
                EgressErrorCategory.NotInstalled,
                $"libvips, which decodes pictures, did not load: {failure.Message.Split('\n', 2)[0].Trim()}",
                "Build or install the module again; libvips.so.42 belongs into its folder bin/deps.",
                inner: failure);
        }
    }

    private static Exception? SetUp()
    {
        if (!ModuleInitializer.VipsInitialized)
        {
            return ModuleInitializer.Exception ?? new DllNotFoundException("libvips.so.42 was not found.");
        }

        // Whole pictures are decoded by many threads at once; threads within one picture would only be more of the same. Nothing
        // is decoded twice, so there is nothing to cache.
        Vips.Concurrency = 1;
        Cache.Max = 0;

        // Formats that are not asked for are the larger part of what a hostile file could reach.
        Operation.Block("VipsForeignLoad", true);
        foreach (var loader in s_loaders)
        {
            Operation.Block(loader, false);
        }

        // What is worth a warning is an error here (see VipsPictureDecoder); on the console it would only mix with the output.
        _ = Log.SetLogHandler("VIPS", Enums.LogLevelFlags.Warning | Enums.LogLevelFlags.Message, s_silence);
        return null;
    }
}
