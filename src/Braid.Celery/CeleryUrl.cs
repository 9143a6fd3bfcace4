namespace Braid.Celery;

/// <summary>Parts of broker and backend URLs.</summary>
internal static class CeleryUrl
{
    internal static (string? User, string? Password) Credentials(Uri uri)
    {
        if (uri.UserInfo.Length == 0) return (null, null);
        var colon = uri.UserInfo.IndexOf(':', StringComparison.Ordinal);
        var user = Uri.UnescapeDataString(colon < 0 ? uri.UserInfo : uri.UserInfo[..colon]);
        var password = colon < 0 ? null : Uri.UnescapeDataString(uri.UserInfo[(colon + 1)..]);
        return (user.Length == 0 ? null : user, password);
    }

    /// <summary>The URL with stars in place of its password, for logs and replies.</summary>
    internal static string Redact(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        var at = url.LastIndexOf('@');
        if (scheme < 0 || at < scheme) return url;
        var info = url[(scheme + 3)..at];
        var colon = info.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? url : url[..(scheme + 3)] + info[..colon] + ":********" + url[at..];
    }
}
