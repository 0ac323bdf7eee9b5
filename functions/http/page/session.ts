/** How people get in here: by a function key they enter, or signed in by App Service. */
export const auth = document.documentElement.dataset.auth === "entra" ? "entra" : "keys";

const name = "goldsmith.key";

/** The key of this tab; it goes when the tab is closed, and nowhere but into a header. */
export const keyOfTab = (): string | null => sessionStorage.getItem(name);

export const keepKey = (key: string): void => sessionStorage.setItem(name, key);

export const forgetKey = (): void => sessionStorage.removeItem(name);

/** Where App Service signs people in and out, and leads them back to. */
export const signInAt = "/.auth/login/aad?post_login_redirect_uri=%2Fapi%2Fdashboard";
export const signOutAt = "/.auth/logout?post_logout_redirect_uri=%2Fapi%2Fdashboard";
