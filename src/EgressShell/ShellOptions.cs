using System.Management.Automation.Runspaces;

namespace Egress.Shell;

/// <summary>What the command line asks for.</summary>
internal enum ShellMode
{
    /// <summary>Run the text in <see cref="ShellOptions.Text"/>.</summary>
    Command,

    /// <summary>Run the script at the path in <see cref="ShellOptions.Text"/>.</summary>
    File,

    /// <summary>Run the script that comes through standard input.</summary>
    StandardInput,

    /// <summary>Say how to use the shell.</summary>
    Help,

    /// <summary>Say which version this is.</summary>
    Version,
}

/// <summary>A command line, read.</summary>
internal sealed record ShellOptions(ShellMode Mode)
{
    /// <summary>The script's text or its file's full path; empty for the other modes.</summary>
    public string Text { get; init; } = "";

    /// <summary>The arguments after a file's name, ready to be bound to the script's parameters.</summary>
    public IReadOnlyList<CommandParameter> Arguments { get; init; } = [];

    /// <summary>Fail instead of asking.</summary>
    public bool NonInteractive { get; init; }

    /// <summary>The folder to start in, or null for the current one.</summary>
    public string? WorkingDirectory { get; init; }
}

/// <summary>The command line is wrong; the message says how, for the person who typed it.</summary>
internal sealed class UsageException(string message) : Exception(message);
