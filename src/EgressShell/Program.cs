using System.Management.Automation;
using System.Reflection;
using System.Text;

namespace Egress.Shell;

/// <summary>Reads the command line and runs what it names.</summary>
internal static class Program
{
    /// <summary>What <c>sysexits.h</c> and pwsh give for a command line that is wrong.</summary>
    private const int UsageError = 64;

    public static int Main(string[] arguments)
    {
        // Whatever the locale says: UTF-8 without a byte order mark, for this process and for what it reads from its children.
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

        try
        {
            var code = Run(CommandLine.Parse(arguments, Console.IsInputRedirected));

            // Returning would wait for every thread that a script has left behind: a job's runs for ever.
            Environment.Exit(code);
            return code;
        }
        catch (UsageException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return UsageError;
        }
    }

    /// <summary>The version that a type's assembly was built as, without the commit behind it.</summary>
    internal static string VersionOf(Type type)
    {
        var version = type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0";
        return version.Split('+', ' ')[0];
    }

    private static int Run(ShellOptions options)
    {
        switch (options.Mode)
        {
            case ShellMode.Help:
                Console.Out.Write(CommandLine.Help);
                return 0;
            case ShellMode.Version:
                Console.Out.WriteLine($"EgressShell {VersionOf(typeof(Program))} on PowerShell {VersionOf(typeof(PSObject))}");
                return 0;
            default:
                if (options.WorkingDirectory is { } folder)
                {
                    Directory.SetCurrentDirectory(folder);
                }

                using (var session = new ScriptSession(options.NonInteractive))
                {
                    return session.Run(options);
                }
        }
    }
}
