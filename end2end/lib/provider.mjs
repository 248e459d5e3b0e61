// A real OpenID Connect provider (npm's oidc-provider) on an idle loopback port, with people in it, ended with the test.
import Provider from 'oidc-provider';
import { atEnd, freePort } from './program.mjs';

/** What the provider says of its people, by their login. A test may change it. */
export class IdentityProvider {
  static async start(t, server, people) {
    const provider = new IdentityProvider();
    const port = await freePort();
    provider.issuer = `http://127.0.0.1:${port}`;
    provider.client = { clientId: 'plimsoll', clientSecret: 'a secret of two only' };
    provider.people = people;
    const app = new Provider(provider.issuer, {
      clients: [{
        client_id: provider.client.clientId,
        client_secret: provider.client.clientSecret,
        redirect_uris: [`${server.url}/sign-in/oidc/idp/callback`],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      }],
      scopes: ['openid', 'profile', 'groups'],
      claims: { openid: ['sub'], profile: ['name', 'preferred_username'], groups: ['groups'] },
      findAccount: (_, login) => provider.people[login] && { accountId: login, claims: () => ({ sub: login, ...provider.people[login] }) },
      pkce: { required: () => true },
      cookies: { keys: ['for tests only'] },
      ttl: { Session: 600, Grant: 600, Interaction: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
      features: { devInteractions: { enabled: true } },
    });
    const listening = app.listen(port, '127.0.0.1');
    await new Promise((resolve) => listening.once('listening', resolve));
    atEnd(t, () => new Promise((resolve) => {
      listening.close(resolve);
      listening.closeAllConnections();
    }));
    return provider;
  }
}

/** Signs in at the provider's pages, and agrees to what the registry asks for. */
export async function signInThere(page, login) {
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill('anything');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
}
