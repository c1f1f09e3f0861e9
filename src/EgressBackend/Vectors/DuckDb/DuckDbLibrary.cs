using System.Runtime.InteropServices;
using Egress.Runtime;

namespace Egress.Backend.Vectors.DuckDb;

/// <summary>The native library of DuckDB. It is loaded by its full path, with the first database that is opened.</summary>
internal static class DuckDbLibrary
{
    private const string FileName = "libduckdb.so";

    private static readonly Lazy<nint> s_handle = new(Load);

    /// <summary>Loads it, once.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.RuntimeNotLoaded"/>.</exception>
    public static void EnsureLoaded() => _ = s_handle.Value;

    private static nint Load()
    {
        var path = Path.Combine(ModuleFolder.Deps, FileName);
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw new EgressException(
                EgressErrorId.RuntimeNotLoaded, EgressErrorCategory.NotInstalled, $"DuckDB did not load: {error.Message}",
                "Build or install the module again, or store vectors in files (-Format Parquet) or in PostgreSQL.", path, error);
        }
    }
}
