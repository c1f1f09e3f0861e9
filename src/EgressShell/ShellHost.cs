using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace Egress.Shell;

/// <summary>What the engine knows of the program around it: a name, a console and the exit code that a script asks for.</summary>
internal sealed class ShellHost(ShellUserInterface ui) : PSHost
{
    /// <summary>The argument of the script's <c>exit</c>, or null where it has not called it.</summary>
    public int? RequestedExitCode { get; private set; }

    public override string Name => "EgressShell";

    public override Version Version { get; } = typeof(ShellHost).Assembly.GetName().Version ?? new Version();

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override PSHostUserInterface UI => ui;

    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    public override void SetShouldExit(int exitCode) => RequestedExitCode = exitCode;

    public override void EnterNestedPrompt() =>
        throw new PSNotSupportedException("This shell has no prompt to go into: answer with another choice.");

    public override void ExitNestedPrompt()
    {
    }

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }
}
