using System.Diagnostics;

namespace Egress.Tests;

/// <summary>Programs and libraries of npm that tests use, installed once into the build's output.</summary>
internal static class NpmPackages
{
    /// <summary>Installs packages where they are not there yet.</summary>
    /// <param name="name">The folder's name, below the build's output.</param>
    /// <param name="packages">The packages with their versions: <c>name@1.2.3</c>.</param>
    /// <returns>The folder with <c>node_modules</c>.</returns>
    /// <exception cref="InvalidOperationException">They cannot be had.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no npm.</exception>
    public static string Install(string name, params string[] packages)
    {
        var folder = Path.Combine(Root(), "artifacts", name);
        Directory.CreateDirectory(folder);

        // Test projects run at the same time, and one of them installs it.
        using var once = Lock(Path.Combine(folder, "lock"));
        if (!packages.All(package => Directory.Exists(Path.Combine(folder, "node_modules", package[..package.IndexOf('@', StringComparison.Ordinal)]))))
        {
            Run(folder, packages);
        }

        return folder;
    }

    private static void Run(string folder, string[] packages)
    {
        var start = new ProcessStartInfo("npm") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        foreach (var argument in (string[])["install", "--prefix", folder, "--no-audit", "--no-fund", "--no-save", .. packages])
        {
            start.ArgumentList.Add(argument);
        }

        using var npm = Process.Start(start)!;
        var output = npm.StandardOutput.ReadToEndAsync();
        var errors = npm.StandardError.ReadToEndAsync();
        if (!npm.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            npm.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"npm had not installed {string.Join(", ", packages)} after two minutes; its registry may be out of reach.");
        }

        if (npm.ExitCode != 0)
        {
            throw new InvalidOperationException($"npm could not install {string.Join(", ", packages)}: {errors.Result}{output.Result}");
        }
    }

    private static FileStream Lock(string path)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                Thread.Sleep(200);
            }
        }
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Egress.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside the repository.");
        }

        return folder;
    }
}
