using NetVips;

namespace Egress.Backend.Pictures;

/// <summary>Turns libvips's failures into errors of the picture that they are about.</summary>
internal static class VipsErrors
{
    /// <summary>
    /// libvips has one buffer of error texts for all threads. Decoding holds this lock for reading; after a failure the picture is
    /// decoded once more with the lock held for writing, alone, so that the text is about this picture.
    /// </summary>
    private static readonly ReaderWriterLockSlim s_errorTexts = new();

    /// <summary>Does what keeps no other thread from decoding, and whose reason is found out elsewhere where it fails.</summary>
    /// <param name="memory">What the action writes to.</param>
    /// <param name="action">Decodes a part of a picture.</param>
    public static void Beside(Span<byte> memory, Action<Span<byte>> action)
    {
        s_errorTexts.EnterReadLock();
        try
        {
            action(memory);
        }
        finally
        {
            s_errorTexts.ExitReadLock();
        }
    }

    /// <summary>Does what fails with a reason: a second time, alone, where it fails, so that libvips's text is about it.</summary>
    /// <param name="path">The picture that it is about.</param>
    /// <param name="memory">What the action writes to.</param>
    /// <param name="action">Reads or decodes the picture from its beginning.</param>
    public static T Explained<T>(string path, Span<byte> memory, Func<Span<byte>, T> action)
    {
        s_errorTexts.EnterReadLock();
        try
        {
            return action(memory);
        }
        catch (VipsException)
        {
        }
        finally
        {
            s_errorTexts.ExitReadLock();
        }

        s_errorTexts.EnterWriteLock();
        try
        {
            // Takes what other pictures may have left in the buffer.
            _ = new VipsException(string.Empty);
            return action(memory);
        }
        catch (VipsException e)
        {
            throw Damaged(path, e);
        }
        finally
        {
            s_errorTexts.ExitWriteLock();
        }
    }

    /// <summary>The error of a picture that libvips has given up on.</summary>
    public static ItemException Damaged(string path, VipsException error)
    {
        // The first line is NetVips's own and only names the operation.
        var lines = error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var reason = lines.Length > 1 ? string.Join("; ", lines[1..].Distinct()) : error.Message.Trim();
        return new ItemException(
            EgressErrorId.PictureDamaged,
            EgressErrorCategory.InvalidData,
            $"'{path}' is damaged or ends too early: {reason}",
            "Get the picture again from where it came from, or repair it with a picture editor.",
            path,
            error);
    }
}
