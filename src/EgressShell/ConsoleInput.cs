using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace Egress.Shell;

/// <summary>Reads what a person types. A signal ends the wait; a session without a person gets an error that says so.</summary>
internal sealed class ConsoleInput(ShellConsole console, bool nonInteractive, CancellationToken stop)
{
    /// <summary>Throws where nobody can answer.</summary>
    /// <param name="question">What is about to be asked, for the message: "for a key", or the question itself.</param>
    /// <exception cref="HostException">The session is not interactive.</exception>
    public void ThrowIfUnattended(string question)
    {
        var reason = nonInteractive ? "it was started with -NonInteractive"
            : Console.IsInputRedirected ? "its standard input is not a terminal"
            : null;
        if (reason is not null)
        {
            throw new HostException(
                $"This session cannot ask {question}, because {reason}. Give the answer beforehand, as a parameter or with -Confirm:$false.",
                innerException: null,
                "PromptNotPossible",
                ErrorCategory.InvalidOperation);
        }
    }

    /// <summary>Reads a line, without its end.</summary>
    /// <exception cref="HostException">The session is not interactive, or its input has ended.</exception>
    /// <exception cref="PipelineStoppedException">A signal asks the session to stop.</exception>
    public string ReadLine()
    {
        ThrowIfUnattended("for a line of text");
        return Await(Console.ReadLine)
            ?? throw new HostException("The input ended before an answer.", null, "InputEnded", ErrorCategory.ReadError);
    }

    /// <summary>Reads a key.</summary>
    public ConsoleKeyInfo ReadKey(bool intercept)
    {
        ThrowIfUnattended("for a key");
        return Await(() => Console.ReadKey(intercept));
    }

    /// <summary>Reads a line without showing it.</summary>
    public SecureString ReadSecret()
    {
        var secret = new SecureString();
        while (ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                if (secret.Length > 0)
                {
                    secret.RemoveAt(secret.Length - 1);
                    console.WritePrompt("\b \b");
                }
            }
            else if (!char.IsControl(key.KeyChar))
            {
                secret.AppendChar(key.KeyChar);
                console.WritePrompt("*");
            }
        }

        console.WritePrompt("", endLine: true);
        secret.MakeReadOnly();
        return secret;
    }

    /// <summary>
    /// Waits for the console on another thread, because nothing can interrupt the call itself; where a signal comes first, that
    /// thread is left to the end of the process.
    /// </summary>
    private T Await<T>(Func<T> read)
    {
        console.WritePrompt(""); // takes a progress line away
        var reading = Task.Factory.StartNew(read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            reading.Wait(stop);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }

        return reading.Result;
    }
}
