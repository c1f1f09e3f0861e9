using System.Management.Automation.Runspaces;

namespace Egress.Shell;

/// <summary>
/// Reads a command line as pwsh does: options with one dash or two, in any case and shortened as far as pwsh allows; the first
/// thing that is no option is a script file, and all that follows a file belongs to the script.
/// </summary>
internal static class CommandLine
{
    /// <summary>The text for <c>-Help</c>.</summary>
    public const string Help = """
        Runs PowerShell scripts on a machine that has no pwsh.

        EgressShell [-File] <script.ps1> [<arguments of the script>]
        EgressShell -Command { - | <script text> }
        EgressShell -Help | -Version

          -File, -f            Runs a script file. What follows is bound to its parameters: -Name value, -Name:value,
                               -Switch, -Switch:$false, and values by position.
          -Command, -c         Runs the rest of the command line as a script, or with - the script on standard input,
                               which is also what runs where nothing is named and standard input is not a terminal.
          -NonInteractive      Fails where a command would ask something.
          -WorkingDirectory    Starts in this folder.
          -NoProfile, -NoLogo, -ExecutionPolicy <policy>
                               Accepted for pwsh's sake; there is no profile, logo or policy here.

        Exit code: what the script gives to exit; 0 where it ends normally; 1 where it ends with an error or, for -Command,
        its last statement failed; 64 for a wrong command line; 130 after Ctrl+C and 143 after SIGTERM.

        """;

    private const string Usage = "Usage: EgressShell [-File] <script.ps1> [arguments] | -Command <script text> | -Help";

    /// <summary>Each option with the shortest form that means it, and a second name where it has one.</summary>
    private static readonly (Option Option, string Name, string Shortest, string? Alias)[] s_options =
    [
        (Option.Command, "command", "c", null),
        (Option.File, "file", "f", null),
        (Option.Help, "help", "h", "?"),
        (Option.Version, "version", "v", null),
        (Option.NonInteractive, "noninteractive", "noni", null),
        (Option.WorkingDirectory, "workingdirectory", "wo", "wd"),
        (Option.ExecutionPolicy, "executionpolicy", "ex", "ep"),
        (Option.Ignored, "noprofile", "nop", null),
        (Option.Ignored, "nologo", "nol", null),
    ];

    private enum Option
    {
        Command,
        File,
        Help,
        Version,
        NonInteractive,
        WorkingDirectory,
        ExecutionPolicy,
        Ignored,
    }

    /// <summary>Reads a command line.</summary>
    /// <param name="arguments">The arguments of the process.</param>
    /// <param name="inputRedirected">Whether standard input is something other than a terminal.</param>
    /// <exception cref="UsageException">The command line is wrong.</exception>
    public static ShellOptions Parse(IReadOnlyList<string> arguments, bool inputRedirected)
    {
        var common = new ShellOptions(ShellMode.StandardInput);
        for (var index = 0; index < arguments.Count; index++)
        {
            var argument = arguments[index];
            if (!IsOption(argument))
            {
                return ParseFile(common, arguments, index, inputRedirected);
            }

            switch (Find(argument))
            {
                case Option.Command:
                    return ParseCommand(common, arguments, index + 1, inputRedirected);
                case Option.File:
                    return ParseFile(common, arguments, index + 1, inputRedirected);
                case Option.Help:
                    return common with { Mode = ShellMode.Help };
                case Option.Version:
                    return common with { Mode = ShellMode.Version };
                case Option.NonInteractive:
                    common = common with { NonInteractive = true };
                    break;
                case Option.WorkingDirectory:
                    common = common with { WorkingDirectory = Folder(Value(arguments, ++index)) };
                    break;
                case Option.ExecutionPolicy:
                    _ = Value(arguments, ++index);
                    break;
            }
        }

        return inputRedirected ? common : throw new UsageException(Usage);
    }

    private static ShellOptions ParseCommand(ShellOptions common, IReadOnlyList<string> arguments, int start, bool inputRedirected)
    {
        if (start == arguments.Count)
        {
            throw new UsageException($"-Command needs the text of a script, or - to read it from standard input. {Usage}");
        }

        if (arguments[start] != "-")
        {
            return common with { Mode = ShellMode.Command, Text = string.Join(' ', arguments.Skip(start)) };
        }

        return start + 1 == arguments.Count
            ? FromStandardInput(common, inputRedirected)
            : throw new UsageException("Nothing may follow -Command -, because the script comes through standard input.");
    }

    private static ShellOptions ParseFile(ShellOptions common, IReadOnlyList<string> arguments, int start, bool inputRedirected)
    {
        if (start == arguments.Count)
        {
            throw new UsageException($"-File needs the path of a script. {Usage}");
        }

        if (arguments[start] == "-")
        {
            return FromStandardInput(common, inputRedirected);
        }

        // The full path, because -WorkingDirectory applies to the script and not to where its file is looked for.
        var path = Path.GetFullPath(arguments[start]);
        return File.Exists(path)
            ? common with { Mode = ShellMode.File, Text = path, Arguments = ScriptArguments(arguments.Skip(start + 1)) }
            : throw new UsageException($"There is no script file '{arguments[start]}'. {Usage}");
    }

    private static ShellOptions FromStandardInput(ShellOptions common, bool inputRedirected) => inputRedirected
        ? common with { Mode = ShellMode.StandardInput }
        : throw new UsageException("'-' reads the script from standard input, which is a terminal here: redirect it.");

    /// <summary>
    /// Turns the words after a script's name into parameters and values. A value that is bound with a colon may say true or false,
    /// because no shell can pass a Boolean: that is what switches the other way. All other values stay text and are converted
    /// by the script's own parameter types.
    /// </summary>
    private static List<CommandParameter> ScriptArguments(IEnumerable<string> words)
    {
        var parameters = new List<CommandParameter>();
        string? waiting = null;
        foreach (var word in words)
        {
            if (waiting is not null)
            {
                parameters.Add(new CommandParameter(waiting, word));
                waiting = null;
            }
            else if (!IsOption(word))
            {
                parameters.Add(new CommandParameter(null, word));
            }
            else if (word.IndexOf(':', StringComparison.Ordinal) is var colon && colon < 0)
            {
                parameters.Add(new CommandParameter(word));
            }
            else if (colon == word.Length - 1)
            {
                waiting = word.TrimEnd(':');
            }
            else
            {
                parameters.Add(new CommandParameter(word[..colon], BooleanOrText(word[(colon + 1)..])));
            }
        }

        return parameters;
    }

    private static object BooleanOrText(string text) => bool.TryParse(text.AsSpan(text[0] == '$' ? 1 : 0), out var value) ? value : text;

    private static bool IsOption(string word) => word.Length > 1 && word[0] is '-' or '–' or '—' or '―';

    private static Option Find(string argument)
    {
        var key = argument[(argument.StartsWith("--", StringComparison.Ordinal) ? 2 : 1)..].ToLowerInvariant();
        foreach (var (option, name, shortest, alias) in s_options)
        {
            if (key == alias || (key.Length >= shortest.Length && name.StartsWith(key, StringComparison.Ordinal)))
            {
                return option;
            }
        }

        throw new UsageException($"There is no option '{argument}'. {Usage}");
    }

    private static string Folder(string path) =>
        Directory.Exists(path) ? Path.GetFullPath(path) : throw new UsageException($"There is no folder '{path}'.");

    private static string Value(IReadOnlyList<string> arguments, int index) => index < arguments.Count
        ? arguments[index]
        : throw new UsageException($"{arguments[index - 1]} needs a value. {Usage}");
}
