using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace Egress.Shell;

/// <summary>
/// Where the engine writes: objects, warnings, verbose and debug text to standard output as in pwsh, errors and progress to
/// standard error. What asks a person is in <c>ShellUserInterface.Prompts.cs</c>.
/// </summary>
internal sealed partial class ShellUserInterface(ShellConsole console, ConsoleInput input) : PSHostUserInterface
{
    private readonly ShellRawUserInterface _raw = new(console, input);

    /// <summary>Whether what is written as output is in fact an error: one that ended the script, on its way through a formatter.</summary>
    public bool SendsOutputToError { get; set; }

    public override PSHostRawUserInterface RawUI => _raw;

    public override bool SupportsVirtualTerminal => console.OutputHasColour || console.ErrorHasColour;

    public override void Write(string value) => console.Write(value ?? "", endLine: false, SendsOutputToError);

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        Write(Coloured(foregroundColor, backgroundColor, value));

    public override void WriteLine() => WriteLine("");

    public override void WriteLine(string value)
    {
        if (SendsOutputToError)
        {
            WriteErrorLine(value);
        }
        else
        {
            console.Write(value ?? "", endLine: true);
        }
    }

    public override void WriteLine(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        WriteLine(Coloured(foregroundColor, backgroundColor, value));

    public override void WriteErrorLine(string value)
    {
        // The formatter sets errors apart with empty lines, which pwsh leaves out too.
        if (!string.IsNullOrEmpty(value))
        {
            console.Write(value, endLine: true, toError: true);
        }
    }

    public override void WriteWarningLine(string message) => WriteStyledLine(PSStyle.Instance.Formatting.Warning, "WARNING", message);

    public override void WriteVerboseLine(string message) => WriteStyledLine(PSStyle.Instance.Formatting.Verbose, "VERBOSE", message);

    public override void WriteDebugLine(string message) => WriteStyledLine(PSStyle.Instance.Formatting.Debug, "DEBUG", message);

    public override void WriteProgress(long sourceId, ProgressRecord record) => console.WriteProgress(sourceId, record);

    public override string ReadLine() => input.ReadLine();

    public override SecureString ReadLineAsSecureString() => input.ReadSecret();

    private void WriteStyledLine(string style, string label, string message) =>
        WriteLine(console.OutputHasColour ? $"{style}{label}: {message}{PSStyle.Instance.Reset}" : $"{label}: {message}");

    /// <summary>Text in two colours; a colour that is none, which is how the engine says "as it is", changes nothing.</summary>
    private string Coloured(ConsoleColor foreground, ConsoleColor background, string text)
    {
        if (!console.OutputHasColour || !(Enum.IsDefined(foreground) || Enum.IsDefined(background)))
        {
            return text;
        }

        var start = (Enum.IsDefined(foreground) ? PSStyle.MapForegroundColorToEscapeSequence(foreground) : "")
            + (Enum.IsDefined(background) ? PSStyle.MapBackgroundColorToEscapeSequence(background) : "");
        return start + text + PSStyle.Instance.Reset;
    }
}
